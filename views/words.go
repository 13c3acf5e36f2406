package views

import (
	"context"
	"strings"
	"time"

	"postix/domain"
)

// Said is where something stands, in the words of the pages, for what is no page.
type Said struct {
	Word      string
	Why       string // a sentence, or ""
	Until     time.Time
	UntilWord string // stands before Until
}

func (s standing) said() Said { return Said{s.Word, s.Why, s.Until, s.UntilWord} }

// AccountWords says where an account stands.
func AccountWords(ctx context.Context, a AccountNow) Said { return accountStanding(ctx, a).said() }

// TargetWords says how an account sees a chat of a catalog.
func TargetWords(ctx context.Context, t domain.Target) Said {
	s := targetSight(ctx, t)
	return Said{Word: s.Word, Why: s.Why}
}

// AddedWords says what became of a line that was typed or pasted into a catalog, and
// whether it is in there now.
func AddedWords(ctx context.Context, r domain.AddResult) (said Said, added bool) {
	l := lineLook(ctx, r)
	return Said{Word: l.Word, Why: l.Why}, strings.HasPrefix(r.Key, "catalog.added")
}
