package db

import (
	"slices"
	"testing"
	"time"

	"postix/domain"
	"postix/domain/filter"
)

// Pages that begin behind each other are the list, whatever is found meanwhile,
// also where several detections are of one millisecond. Only the first one is
// counted.
func TestDetectionsBehindEachOther(t *testing.T) {
	for _, newest := range []bool{false, true} {
		w := newWorld(t, 2)
		for i := range 11 {
			w.record(w.dispatcher(int64(i+1), 0, int64(i%4+1), start.Add(time.Duration(i/3)*time.Second), "x", filter.ForeignRoute))
		}
		f := domain.DetectionFilter{Newest: newest, Severity: filter.High}
		all, total, err := w.s.Detections(w.ctx, w.org.ID, f)
		w.ok(err)
		if want := map[bool]int{false: 11, true: 4}[newest]; total != want || len(all) != want {
			t.Fatalf("newest %v: %d of %d", newest, len(all), total)
		}
		var paged []domain.Detection
		f.Limit = 2
		for {
			page, n, err := w.s.Detections(w.ctx, w.org.ID, f)
			w.ok(err)
			if len(page) == 0 {
				break
			}
			if len(paged) > 0 {
				total = 0
			}
			if n != total {
				t.Errorf("newest %v: page %d counts %d", newest, len(paged)/2, n)
			}
			paged = append(paged, page...)
			last := page[len(page)-1]
			f.Behind = domain.DetectionPlace{At: last.At, ID: last.ID}
			w.record(w.dispatcher(int64(100+len(paged)), 0, 9, start.Add(time.Hour), "x", filter.ForeignRoute))
		}
		same := func(a, b domain.Detection) bool { return a.ID == b.ID }
		if !slices.EqualFunc(paged, all, same) {
			t.Errorf("newest %v: %d in pages, %d in all", newest, len(paged), len(all))
		}
	}
}
