package bot

import "fmt"

// pageSize is how many things one message lists.
const pageSize = 10

// pageOf is the part of a list that a page shows; a page that there is not becomes
// the nearest one. Pages count from 0.
func pageOf[T any](all []T, page int64) (part []T, at int64) {
	at = min(max(page, 0), lastPage(len(all)))
	from := int(at) * pageSize
	return all[from:min(from+pageSize, len(all))], at
}

func lastPage(n int) int64 { return int64(max(0, n-1) / pageSize) }

// turning are the buttons that turn the pages of a list of n; the page goes behind
// the other numbers of the action.
func (t *turn) turning(n int, page int64, action string, args ...int64) []button {
	last := lastPage(n)
	if last == 0 {
		return nil
	}
	to := func(label string, page int64) button {
		return press(label, action, append(append([]int64{}, args...), page)...)
	}
	var bs []button
	if page > 0 {
		bs = append(bs, to("‹", page-1))
	}
	bs = append(bs, to(fmt.Sprintf("%d / %d", page+1, last+1), page))
	if page < last {
		bs = append(bs, to("›", page+1))
	}
	return bs
}
