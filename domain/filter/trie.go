package filter

import (
	"math/bits"
	"slices"
	"strings"
)

// sep stands between the words of a name in a trie.
const sep = 'z' + 1

// trie holds folded names. Node 0 is nowhere, node 1 the root. The children of a
// node stand side by side in the order of their letters; the upper levels stand
// together, for most words end there.
type trie struct {
	nodes []node
	kinds []kind // by node: of the name that ends there
}

type node struct {
	next uint32 // the first child
	mask uint32 // which letters have a child, and nameEnds
}

const (
	root     = 1
	nameEnds = 1 << 31
)

// ends reports whether a name ends at a node.
func (t *trie) ends(n uint32) bool { return t.nodes[n].mask&nameEnds != 0 }

// step gives the child for a letter, 0 for none.
func (t *trie) step(n uint32, c byte) uint32 {
	nd := &t.nodes[n]
	bit := uint32(1) << ((c - 'a') & 31)
	if nd.mask&bit == 0 {
		return 0
	}
	return nd.next + uint32(bits.OnesCount32(nd.mask&(bit-1)))
}

// newTrie builds a trie of names, whose letters are a-z and sep.
func newTrie(names map[string]kind) trie {
	keys := make([]string, 0, len(names))
	for k := range names {
		if k != "" {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, strings.Compare)
	b := trieBuilder{names: names}
	b.nodes, b.kinds = make([]node, 2, 4*len(keys)+2), make([]kind, 2, 4*len(keys)+2)
	b.waiting = []branch{{root, keys, 0}}
	for len(b.waiting) > 0 {
		next := b.waiting[0]
		b.waiting = b.waiting[1:]
		b.fill(next)
	}
	return trie{slices.Clip(b.nodes), slices.Clip(b.kinds)}
}

type trieBuilder struct {
	trie
	names   map[string]kind
	waiting []branch // of the upper levels
}

// branch is a node with the keys that lead through it and agree up to depth.
type branch struct {
	at    uint32
	keys  []string
	depth int
}

// upperLevels is how deep a trie is built level by level. Below, what belongs to
// one node stands together.
const upperLevels = 3

// fill makes the children of a node.
func (b *trieBuilder) fill(br branch) {
	at, keys, depth := br.at, br.keys, br.depth
	var mask uint32
	if len(keys) > 0 && len(keys[0]) == depth {
		b.kinds[at] = b.names[keys[0]]
		mask = nameEnds
		keys = keys[1:]
	}
	next := uint32(len(b.nodes))
	for i, k := range keys {
		if i == 0 || k[depth] != keys[i-1][depth] {
			mask |= 1 << (k[depth] - 'a')
			b.nodes, b.kinds = append(b.nodes, node{}), append(b.kinds, 0)
		}
	}
	b.nodes[at] = node{next, mask}
	for len(keys) > 0 {
		n := 1
		for n < len(keys) && keys[n][depth] == keys[0][depth] {
			n++
		}
		if child := (branch{next, keys[:n], depth + 1}); depth < upperLevels {
			b.waiting = append(b.waiting, child)
		} else {
			b.fill(child)
		}
		next, keys = next+1, keys[n:]
	}
}
