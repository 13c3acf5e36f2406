package filter

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
)

// sep stands between the words of a name in a trie.
const sep = 'z' + 1

// trie holds folded names. Node 0 is nowhere, node 1 the root. The children of a
// node stand side by side in the order of their letters. Names of one declension
// end alike: nodes share the children that are the same, so that the whole stays
// in the processor's cache.
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
	b := trieBuilder{names: names, blocks: map[string]uint32{}}
	b.nodes, b.kinds = make([]node, 2), make([]kind, 2)
	b.nodes[root], b.kinds[root] = b.build(keys, 0)
	return trie{slices.Clip(b.nodes), slices.Clip(b.kinds)}
}

type trieBuilder struct {
	trie
	names  map[string]kind
	blocks map[string]uint32 // where the children stand that look like this
}

// build makes the node of the keys that agree up to depth.
func (b *trieBuilder) build(keys []string, depth int) (n node, k kind) {
	if len(keys) > 0 && len(keys[0]) == depth {
		n.mask, k = nameEnds, b.names[keys[0]]
		keys = keys[1:]
	}
	var nodes []node
	var kinds []kind
	for len(keys) > 0 {
		same := 1
		for same < len(keys) && keys[same][depth] == keys[0][depth] {
			same++
		}
		child, childKind := b.build(keys[:same], depth+1)
		n.mask |= 1 << (keys[0][depth] - 'a')
		nodes, kinds = append(nodes, child), append(kinds, childKind)
		keys = keys[same:]
	}
	if len(nodes) > 0 {
		n.next = b.place(nodes, kinds)
	}
	return n, k
}

// place gives where the children of a node stand. Children that are alike in all
// that follows them are there once, for all their parents.
func (b *trieBuilder) place(nodes []node, kinds []kind) uint32 {
	var block []byte
	for i, n := range nodes {
		block = binary.LittleEndian.AppendUint32(block, n.next)
		block = binary.LittleEndian.AppendUint32(block, n.mask)
		block = binary.LittleEndian.AppendUint32(block, uint32(kinds[i]))
	}
	at, ok := b.blocks[string(block)]
	if !ok {
		at = uint32(len(b.nodes))
		b.blocks[string(block)] = at
		b.nodes, b.kinds = append(b.nodes, nodes...), append(b.kinds, kinds...)
	}
	return at
}
