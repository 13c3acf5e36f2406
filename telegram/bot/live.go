package bot

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"postix/domain"
)

// Screens keeps which messages follow a campaign.
type Screens interface {
	// PutBotScreen stores one; of one person the newest are kept only.
	PutBotScreen(ctx context.Context, s domain.BotScreen) error
	BotScreens(ctx context.Context) ([]domain.BotScreen, error)
	// BotScreen is one of them; NotFound (bot.screen_gone).
	BotScreen(ctx context.Context, telegramID int64, message int) (domain.BotScreen, error)
	SetBotScreenShown(ctx context.Context, telegramID int64, message int, shown string) error
	DropBotScreen(ctx context.Context, telegramID int64, message int) error
}

// How often messages that follow a campaign are changed.
const (
	liveTick  = time.Second     // between two looks at what has changed
	liveGap   = 3 * time.Second // between two changes of one message
	liveBeat  = time.Minute     // what changes with the time alone is looked at that often
	liveLimit = 5 * time.Second // for one change: a person's press in the same chat waits for it
	liveMost  = 8               // changed at once
)

// live are the messages that follow a campaign. What stands in the storage counts:
// this only knows which of them to look at.
type live struct {
	chats locks // whose messages are being changed

	mu      sync.Mutex
	screens map[screenKey]*liveScreen
}

type screenKey struct {
	chat    int64
	message int
}

// liveScreen is one of them. However much changes, what is shown next is the latest.
type liveScreen struct {
	organization int64
	stale        bool      // something may have changed that it does not show
	from         time.Time // it is not changed before
}

func newLive() *live { return &live{screens: map[screenKey]*liveScreen{}} }

func (l *live) add(s domain.BotScreen, from time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.screens[screenKey{s.TelegramID, s.MessageID}] = &liveScreen{organization: s.OrganizationID, stale: true, from: from}
}

func (l *live) forget(k screenKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.screens, k)
}

// organizations are those that a message follows a campaign of.
func (l *live) organizations() map[int64]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[int64]bool{}
	for _, s := range l.screens {
		all[s.organization] = true
	}
	return all
}

// changed notes that something of these organizations has; of all for nil.
func (l *live) changed(organizations map[int64]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.screens {
		if organizations == nil || organizations[s.organization] {
			s.stale = true
		}
	}
}

// due are the messages that may be changed now, those first that have waited longest.
func (l *live) due(now time.Time) []screenKey {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ks []screenKey
	for k, s := range l.screens {
		if s.stale && !s.from.After(now) {
			ks = append(ks, k)
		}
	}
	slices.SortFunc(ks, func(a, b screenKey) int {
		return cmp.Or(l.screens[a].from.Compare(l.screens[b].from), cmp.Compare(a.chat, b.chat), cmp.Compare(a.message, b.message))
	})
	return ks
}

// look notes that a message is brought up to date: what changes from now on makes it
// stale again.
func (l *live) look(k screenKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.screens[k]; s != nil {
		s.stale = false
	}
}

// again notes that a message was changed, or could not be, at that time.
func (l *live) again(k screenKey, at time.Time, stale bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.screens[k]; s != nil {
		s.stale, s.from = s.stale || stale, at.Add(liveGap)
	}
}

// follow lets a message follow a campaign.
func (t *turn) follow(s domain.BotScreen) error {
	if err := t.Store.PutBotScreen(t.ctx, s); err != nil {
		return err
	}
	t.live.add(s, t.now().Add(liveGap))
	return nil
}

// followNoMore lets a message that is to show something else follow nothing. It answers
// what the message has followed, the zero value for nothing.
func (t *turn) followNoMore(message int) (kept domain.BotScreen, err error) {
	kept, err = t.Store.BotScreen(t.ctx, t.in.From, message)
	if domain.IsCode(err, domain.NotFound) {
		return domain.BotScreen{}, nil
	}
	if err != nil {
		return kept, err
	}
	return kept, t.forgetScreen(t.ctx, screenKey{t.in.From, message})
}

// followAll keeps the messages that follow a campaign up to date until ctx ends.
func (b *Bot) followAll(ctx context.Context) {
	if !b.readScreens(ctx) {
		return
	}
	ears := ears{hub: b.Hub, news: map[int64]ear{}}
	defer ears.close()
	tick, beat := time.NewTicker(liveTick), time.NewTicker(liveBeat)
	defer tick.Stop()
	defer beat.Stop()
	slots := make(chan struct{}, liveMost)
	var all sync.WaitGroup
	defer all.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			b.live.changed(nil)
		case <-tick.C:
			b.live.changed(ears.heard(b.live.organizations()))
			b.followDue(ctx, slots, &all)
		}
	}
}

// readScreens reads those that followed a campaign when the process ended; false when
// ctx has ended before.
func (b *Bot) readScreens(ctx context.Context) bool {
	for failed := 1; ctx.Err() == nil; failed++ {
		ss, err := b.Store.BotScreens(ctx)
		if err == nil {
			for _, s := range ss {
				b.live.add(s, b.Now())
			}
			return true
		}
		b.Log.Warn("reading the bot's screens", "err", err)
		pause(ctx, backoff(failed, time.Second, worstDelay))
	}
	return false
}

// ears listen to the organizations whose campaigns are followed.
type ears struct {
	hub  *domain.Hub
	news map[int64]ear
}

type ear struct {
	news <-chan struct{}
	off  func()
}

// heard listens to these organizations and to no others, and answers of which there
// was news since the last time. What is listened to only now counts as news.
func (e *ears) heard(organizations map[int64]bool) map[int64]bool {
	heard := map[int64]bool{}
	for id, one := range e.news {
		select {
		case <-one.news:
			heard[id] = true
		default:
		}
		if !organizations[id] {
			one.off()
			delete(e.news, id)
		}
	}
	for id := range organizations {
		if _, has := e.news[id]; !has {
			news, off := e.hub.Listen(id)
			e.news[id], heard[id] = ear{news, off}, true
		}
	}
	return heard
}

func (e *ears) close() {
	for _, one := range e.news {
		one.off()
	}
}

// followDue begins to change what may be changed now, as long as people's own presses
// have room beside it. It does not wait for those that take long.
func (b *Bot) followDue(ctx context.Context, slots chan struct{}, all *sync.WaitGroup) {
	for _, k := range b.live.due(b.Now()) {
		slots <- struct{}{}
		if ctx.Err() != nil {
			return
		}
		if !b.out.idle(k.chat) {
			<-slots
			continue
		}
		all.Go(func() {
			defer func() { <-slots }()
			defer b.survive(k)
			if err := b.followOne(ctx, k); err != nil && ctx.Err() == nil {
				b.Log.Warn("following a campaign in the bot", "err", err)
				b.live.again(k, b.Now(), true)
			}
		})
	}
}

// survive ends what a panic about one message would end: only that follows nothing any
// more, until the next start.
func (b *Bot) survive(k screenKey) {
	if p := recover(); p != nil {
		b.Log.Error("panic in the bot", "kind", "live", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		b.live.forget(k)
	}
}

// followOne brings one message up to date.
func (b *Bot) followOne(ctx context.Context, k screenKey) error {
	free, ok := b.live.chats.try(k.chat)
	if !ok {
		return nil // he has just pressed something: the next time
	}
	defer free()
	kept, err := b.Store.BotScreen(ctx, k.chat, k.message)
	if domain.IsCode(err, domain.NotFound) {
		b.live.forget(k)
		return nil
	}
	if err != nil {
		return err
	}
	b.live.look(k)
	t, err := b.turnOf(ctx, k.chat)
	if err != nil {
		return b.forgetIf(ctx, k, err)
	}
	p, err := t.campaignPage(kept.CampaignID)
	if err != nil {
		return b.forgetIf(ctx, k, err)
	}
	s, mark := t.campaignScreen(p)
	if mark != kept.Shown {
		if gone, err := b.editLive(ctx, k, s, mark); err != nil || gone {
			return err
		}
	}
	if !following(p.Campaign) {
		return b.forgetScreen(ctx, k)
	}
	return nil
}

// turnOf is a turn of somebody who has not written anything.
func (b *Bot) turnOf(ctx context.Context, telegramID int64) (*turn, error) {
	a, err := b.Access.Actor(ctx, telegramID)
	if err != nil {
		return nil, err
	}
	t := b.newTurn(ctx, incoming{From: telegramID})
	t.as(a)
	return t, nil
}

// forgetIf forgets a message whose reader may not see the campaign any more, for that
// reason, and answers any other error.
func (b *Bot) forgetIf(ctx context.Context, k screenKey, err error) error {
	if domain.IsCode(err, domain.NotFound) || domain.IsCode(err, domain.Forbidden) {
		return b.forgetScreen(ctx, k)
	}
	return err
}

func (b *Bot) forgetScreen(ctx context.Context, k screenKey) error {
	if err := b.Store.DropBotScreen(ctx, k.chat, k.message); err != nil {
		return err
	}
	b.live.forget(k)
	return nil
}

// editLive changes a message; gone tells that it follows nothing any more.
func (b *Bot) editLive(ctx context.Context, k screenKey, s screen, mark string) (gone bool, err error) {
	call, cancel := context.WithTimeout(ctx, liveLimit)
	defer cancel()
	what, err := b.edit(call, k.chat, k.message, s)
	switch what {
	case noTrouble, unchanged:
		b.live.again(k, b.Now(), false)
		return false, b.Store.SetBotScreenShown(ctx, k.chat, k.message, mark)
	case noMessage, shutOut, refusedCall:
		b.Log.Debug("a message follows its campaign no more", "err", err)
		return true, b.forgetScreen(ctx, k)
	}
	b.live.again(k, b.Now(), true) // what nobody knows of is shown again
	b.Log.Debug("following a campaign in the bot", "err", err)
	return true, nil
}
