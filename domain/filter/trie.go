package filter

import (
	"math/bits"
	"slices"
	"strings"
)

// sep stands between the words of a name in a trie.
const sep = 'z' + 1

// trie holds folded names. Node 0 is nowhere, node 1 the root. The children of a
// node stand side by side in the order of their letters.
type trie struct {
	nodes []node
}

type node struct {
	next  uint32 // the first child
	mask  uint32 // which letters have a child
	kinds kind   // 0: no name ends here
}

const root = 1

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
	t := trie{nodes: make([]node, 2, 4*len(keys)+2)}
	t.fill(root, keys, 0, names)
	t.nodes = slices.Clip(t.nodes)
	return t
}

// fill makes the children of a node for keys that agree up to depth.
func (t *trie) fill(at uint32, keys []string, depth int, names map[string]kind) {
	if len(keys) > 0 && len(keys[0]) == depth {
		t.nodes[at].kinds = names[keys[0]]
		keys = keys[1:]
	}
	next := uint32(len(t.nodes))
	var mask uint32
	for i, k := range keys {
		if i == 0 || k[depth] != keys[i-1][depth] {
			mask |= 1 << (k[depth] - 'a')
			t.nodes = append(t.nodes, node{})
		}
	}
	t.nodes[at].next, t.nodes[at].mask = next, mask
	for len(keys) > 0 {
		n := 1
		for n < len(keys) && keys[n][depth] == keys[0][depth] {
			n++
		}
		t.fill(next, keys[:n], depth+1, names)
		next, keys = next+1, keys[n:]
	}
}
