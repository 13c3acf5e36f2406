package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"postix/domain"
	"postix/views/locale"
)

// How the bot looks for what it has to tell by itself: when something has changed,
// but not more often than the least, and at every beat.
const (
	tellLeast = time.Second
	tellBeat  = 5 * time.Second
	tellMost  = 100              // people at once
	tellSide  = 16               // of them side by side
	tellLimit = 30 * time.Second // for one message: whom it does not reach by then is told later
)

// tellAll tells people what they were not told yet, until ctx ends. All it knows is
// stored: what was told is noted after it is out, so that a process that is killed in
// between tells it again.
func (b *Bot) tellAll(ctx context.Context) {
	news, off := b.Hub.Listen(domain.Everything)
	defer off()
	beat := time.NewTicker(tellBeat)
	defer beat.Stop()
	side := newTellers()
	defer func() { _ = side.room(1) }()
	for failed := 0; ctx.Err() == nil; {
		more, err := b.tellRound(ctx, side)
		if err != nil && ctx.Err() == nil {
			failed++
			b.Log.Warn("telling notices in the bot", "err", err)
			pause(ctx, backoff(failed, 2*time.Second, worstDelay))
			continue
		}
		failed = 0
		pause(ctx, tellLeast)
		if more {
			continue
		}
		select {
		case <-ctx.Done():
		case <-news:
		case <-beat.C:
		}
	}
}

// tellers are those who are being told. One goroutine tells who, and no round waits for
// those that take long: chats that Telegram does not answer about hold up no other, as
// long as there are fewer than [tellSide].
type tellers struct {
	done chan ended
	busy map[int64]bool
}

// ended is a telling that has.
type ended struct {
	chat int64
	err  error // that concerns all
}

func newTellers() *tellers { return &tellers{make(chan ended, tellSide), map[int64]bool{}} }

// begin tells a chat something.
func (s *tellers) begin(chat int64, tell func() error) {
	s.busy[chat] = true
	go func() { s.done <- ended{chat, tell()} }()
}

// room waits until fewer than so many are being told, and notes whose telling has ended.
func (s *tellers) room(most int) (err error) {
	for len(s.done) > 0 || len(s.busy) >= most {
		one := <-s.done
		delete(s.busy, one.chat)
		err = errors.Join(err, one.err)
	}
	return err
}

// tellRound begins to tell everybody for whom there is something, as long as nobody who
// has pressed a button has to wait for it: the others are told in the next round, as
// are those that are more than one round takes.
func (b *Bot) tellRound(ctx context.Context, side *tellers) (more bool, err error) {
	if err := side.room(tellSide + 1); err != nil {
		return false, err
	}
	if err := b.tellMoves(ctx, side); err != nil {
		return false, err
	}
	readers, err := b.Store.BotReaders(ctx, b.Now().UTC(), tellMost)
	if err != nil {
		return false, err
	}
	more = len(readers) == tellMost
	readers = slices.DeleteFunc(readers, func(r domain.BotReader) bool { return side.busy[r.TelegramID] }) // read too early
	for _, r := range readers {
		if err := errors.Join(side.room(tellSide), ctx.Err()); err != nil {
			return false, err
		}
		if !b.out.idle(r.TelegramID) {
			more = true
			continue
		}
		side.begin(r.TelegramID, func() error { return b.tellOne(ctx, r) })
	}
	return more, nil
}

// tellMoves begins to tell those that somebody who had the bot there has it elsewhere
// now: whoever reads it knows whether that was himself.
func (b *Bot) tellMoves(ctx context.Context, side *tellers) error {
	all, err := b.Access.Store.BotMoves(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if !side.busy[m.TelegramID] && len(side.busy) < tellSide && b.out.idle(m.TelegramID) {
			side.begin(m.TelegramID, func() error { return b.tellMove(ctx, m) })
		}
	}
	return nil
}

func (b *Bot) tellMove(ctx context.Context, m domain.BotMove) error {
	call, cancel := context.WithTimeout(ctx, tellLimit)
	defer cancel()
	_, err := b.sendIn(call, m.TelegramID, screen{text: locale.T(locale.With(ctx, locale.Pick(m.Lang, ""), nil), "bot.moved")}, 1)
	switch what, _ := judge(err); what {
	case noTrouble, shutOut, refusedCall:
		return b.Access.Store.BotMoveTold(context.WithoutCancel(ctx), m.TelegramID)
	case wrongToken:
		return err
	}
	b.Log.Warn("telling that somebody has moved to another Telegram", "telegram_id", m.TelegramID, "err", err)
	return nil
}

// tellOne tells one; what fails for him is tried again after a while. Its error is one
// that concerns all.
func (b *Bot) tellOne(ctx context.Context, r domain.BotReader) (err error) {
	defer func() {
		if p := recover(); p != nil {
			b.Log.Error("panic in the bot", "kind", "notices", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = b.tellLater(ctx, r)
		}
	}()
	if err = b.tell(ctx, r); err == nil || ctx.Err() != nil {
		return err
	}
	late := b.tellLater(ctx, r)
	if what, _ := judge(err); what == wrongToken {
		return errors.Join(err, late)
	}
	b.Log.Warn("telling somebody notices in the bot", "telegram_id", r.TelegramID, "err", err)
	return late
}

func (b *Bot) tellLater(ctx context.Context, r domain.BotReader) error {
	r.ToldAt = b.Now().UTC()
	return b.Store.SetBotReader(ctx, r)
}

// tell tells one what there is, in one message.
func (b *Bot) tell(ctx context.Context, r domain.BotReader) error {
	a, err := b.Access.Actor(ctx, r.TelegramID)
	away := domain.IsCode(err, domain.Forbidden) || domain.IsKey(err, "bot.stranger")
	if err != nil && !away {
		return err
	}
	scope := a.Scope()
	if away { // blocked, or removed: he is told nothing, neither now nor later
		scope = domain.Scope{OrganizationID: r.OrganizationID, UserID: r.UserID}
	} else if a.User.ID != r.UserID {
		return nil // he talks as another since
	}
	fresh, err := b.Store.FreshNotices(ctx, scope, r.UserID, r.Told, latestShown)
	if err != nil {
		return err
	}
	ctx = locale.With(ctx, langOf(a), a.Location())
	if fresh.Total > 0 && !away {
		return b.tellOut(ctx, r, fresh.UpTo, b.noticeScreen(ctx, a, fresh))
	}
	r.Told = max(r.Told, fresh.UpTo)
	switch {
	case r.DigestAt.After(b.Now()):
	case away:
		_, _, next, _ := r.DigestOf(b.Now(), a.Location())
		r.DigestAt = next.UTC()
	default:
		return b.tellDigest(ctx, r, a)
	}
	return b.Store.SetBotReader(ctx, r)
}

// tellDigest tells the day before, if it is time for it and there was anything.
func (b *Bot) tellDigest(ctx context.Context, r domain.BotReader, a domain.Actor) error {
	from, to, next, due := r.DigestOf(b.Now(), a.Location())
	r.DigestAt = next.UTC()
	if !due {
		return b.Store.SetBotReader(ctx, r)
	}
	muted, err := b.Store.BotMutes(ctx, r.OrganizationID, r.UserID)
	if err != nil {
		return err
	}
	d, err := b.Store.Digest(ctx, a.Scope(), from, to, a.MayWatch())
	if err != nil {
		return err
	}
	if d.Empty() || slices.Contains(muted, domain.NoticeDigest) {
		return b.Store.SetBotReader(ctx, r)
	}
	return b.tellOut(ctx, r, r.Told, b.digestScreen(ctx, a, d))
}

// tellOut sends a message and notes that it is out. Whom the bot cannot reach any more
// is noted by the call. One that Telegram refuses for itself would be refused again.
func (b *Bot) tellOut(ctx context.Context, r domain.BotReader, upTo int64, s screen) error {
	call, cancel := context.WithTimeout(ctx, tellLimit)
	defer cancel()
	_, err := b.sendIn(call, r.TelegramID, s, 1) // nobody waits for it: the next try is a while after
	switch what, _ := judge(err); {
	case what == shutOut:
		return nil
	case what == refusedCall:
		b.Log.Error("a message of the bot is refused", "telegram_id", r.TelegramID, "err", err)
	case err != nil:
		return err
	}
	r.Told, r.ToldAt = upTo, b.Now().UTC()
	return b.Store.SetBotReader(context.WithoutCancel(ctx), r)
}
