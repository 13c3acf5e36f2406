package db

import (
	"fmt"
	"time"

	"postix/domain"
)

// What the walk's organization has set.
var (
	walkPace  = domain.Pace{GapMin: 8 * time.Second, ChatGap: time.Minute, PerHour: 12, PerDay: 60}
	walkHours = domain.Hours{QuietFrom: 13 * 60, QuietTo: 14*60 + 30, Zone: time.UTC}
)

// witness remembers what one account has sent and been told, in its own way.
type witness struct {
	left   []departure
	until  time.Time                   // Telegram wants silence
	silent map[domain.PeerID]time.Time // a chat wants it
}

// departure is a message that left, or may have. at is when that was known.
type departure struct {
	at       time.Time
	delivery int64
	peer     domain.PeerID
}

func (x *witness) settled(r domain.Result) {
	if r.Left() {
		x.left = append(x.left, departure{r.At, r.Attempt.DeliveryID, r.Attempt.Dialog.ID})
	}
	if r.AccountWait.After(x.until) {
		x.until = r.AccountWait
	}
	if peer := r.Attempt.Dialog.ID; r.ChatWaitReason != domain.CodeChatGap && r.ChatWait.After(x.silent[peer]) {
		x.silent[peer] = r.ChatWait
	}
}

// check answers which rule is broken when a message leaves now.
func (x *witness) check(a domain.Attempt, now time.Time) error {
	hour, day := 0, 0
	for _, d := range x.left {
		age := now.Sub(d.at)
		if age < time.Hour {
			hour++
		}
		if age < 24*time.Hour {
			day++
		}
		if age < walkPace.GapMin {
			return fmt.Errorf("%v after the last message", age)
		}
		if d.peer == a.Dialog.ID && d.delivery != a.DeliveryID && age < walkPace.ChatGap {
			return fmt.Errorf("%v after another message to chat %d", age, d.peer)
		}
	}
	switch {
	case hour >= walkPace.PerHour:
		return fmt.Errorf("%d messages in an hour already", hour)
	case day >= walkPace.PerDay:
		return fmt.Errorf("%d messages in a day already", day)
	case !walkHours.Open(now):
		return fmt.Errorf("in quiet hours")
	case now.Before(x.until):
		return fmt.Errorf("Telegram wants silence until %v", x.until)
	case now.Before(x.silent[a.Dialog.ID]):
		return fmt.Errorf("the chat wants silence until %v", x.silent[a.Dialog.ID])
	}
	return nil
}

// checkClaim holds a claim against the rules: what may have arrived is sent
// again with its own text only, everything else with the latest.
func (w *walker) checkClaim(a domain.Attempt) error {
	if a.Look {
		return nil
	}
	if err := w.rules[a.AccountID].check(a, w.now); err != nil {
		return fmt.Errorf("delivery %d: %w", a.DeliveryID, err)
	}
	want := w.get(a.CampaignID).Text
	if a.Uncertain {
		want = w.texts[a.DeliveryID]
	}
	if a.Text != want {
		return fmt.Errorf("delivery %d (uncertain: %v) goes out as %q, want %q", a.DeliveryID, a.Uncertain, a.Text, want)
	}
	w.texts[a.DeliveryID] = a.Text
	return nil
}

// noteLimits notes that the account says why it does not send.
func (w *walker) noteLimits(acc domain.Account) error {
	got := must(w.s.Account(w.ctx, w.scope, acc.ID))
	switch {
	case !got.LimitUntil.After(w.now):
	case got.LimitReason == domain.CodeQuiet:
		w.did["quiet"]++
	case got.LimitReason == domain.CodeHourCap, got.LimitReason == domain.CodeDayCap:
		w.did["cap"]++
	default:
		return fmt.Errorf("limited until %v because of %q", got.LimitUntil, got.LimitReason)
	}
	ds, _, err := w.s.Deliveries(w.ctx, w.scope, w.anyCampaign(), domain.DeliveryFilter{})
	for _, d := range ds {
		if d.Reason == domain.CodeChatGap && d.Status == domain.DeliveryPlanned {
			w.did["chat gap"]++
		}
	}
	return expected(err)
}

// looked is one of the results that a look can have.
func (w *walker) looked(a domain.Attempt) domain.Result {
	switch w.r.IntN(3) {
	case 0:
		w.sent[fmt.Sprint(a.CampaignID, a.Round, a.Dialog.ID)] = a.DeliveryID
		return domain.SettleFound(a, domain.SentMessage{ID: w.made, At: w.now}, w.now, w.r.Float64())
	case 1:
		return domain.Result{Attempt: a, Status: domain.DeliveryWaiting, Absent: true, DueAt: w.now, At: w.now}
	}
	e := &domain.SendError{Action: domain.ActRetry, Code: domain.CodeTimeout}
	return domain.SettleError(a, e, w.now, w.r.Float64()).Unsent()
}

// note counts what worked, and lets through the refusals that a random act may
// meet.
func (w *walker) note(what string, err error) error {
	if err == nil {
		w.did[what]++
	}
	return expected(err)
}

func (w *walker) pauseOne() error {
	_, err := w.s.PauseCampaign(w.ctx, w.scope, w.anyCampaign(), domain.CodePerson, w.now)
	return w.note("pause", err)
}

func (w *walker) resumeAll() error {
	for _, id := range w.live {
		_, err := w.s.ResumeCampaign(w.ctx, w.scope, id, w.now)
		if err := w.note("resume", err); err != nil {
			return err
		}
	}
	return w.s.ResumeSending(w.ctx)
}

func (w *walker) editOne() error {
	id := w.anyCampaign()
	c, err := w.s.Campaign(w.ctx, w.scope, id)
	if err == nil {
		_, err = w.s.EditText(w.ctx, w.scope, id, c.Texts, fmt.Sprintf("Salom %d, %d", id, c.Texts+1), nil, w.user.ID, w.now)
	}
	return w.note("edit", err)
}

// anyOf does something to the first of the latest campaigns for which it works.
func (w *walker) anyOf(what string, do func(id int64) (int, error)) error {
	for _, id := range w.latest() {
		n, err := do(id)
		if expected(err) != nil {
			return err
		}
		if err == nil && n > 0 {
			w.did[what]++
			return nil
		}
	}
	return nil
}

// retryOne sends what failed in a round again, of whichever campaign.
func (w *walker) retryOne() error {
	rows, err := w.s.readers.QueryContext(w.ctx, `SELECT c.id, r.number, r.number < c.round FROM rounds r
		JOIN campaigns c ON c.id = r.campaign_id WHERE r.failed > 0 ORDER BY c.id DESC, r.number`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var round int
		var earlier bool
		if err := rows.Scan(&id, &round, &earlier); err != nil {
			return err
		}
		_, done, err := w.s.RetryFailed(w.ctx, w.scope, id, round, w.now)
		if err := expected(err); err != nil {
			return err
		}
		if done.Left > 0 {
			w.did["retry later"]++
		}
		if done.Planned > 0 && earlier {
			w.did["retry earlier"]++
		}
		if done.Planned > 0 {
			w.did["retry"]++
			break
		}
	}
	return rows.Err()
}

// sendMissed tries all campaigns, since few have a missed round.
func (w *walker) sendMissed() error {
	for _, id := range w.live {
		rs, err := w.s.Rounds(w.ctx, w.scope, id)
		if err != nil {
			return err
		}
		for _, r := range rs {
			if r.Status == domain.RoundMissed {
				_, err := w.s.SendMissed(w.ctx, w.scope, id, r.Number, w.now)
				return w.note("send missed", err)
			}
		}
	}
	return nil
}

func (w *walker) startOne() error {
	return w.anyOf("start", func(id int64) (int, error) {
		_, err := w.s.StartCampaign(w.ctx, w.scope, id, w.now)
		return 1, err
	})
}

func (w *walker) lookAgain() error {
	return w.anyOf("look again", func(id int64) (int, error) { return w.s.LookAgain(w.ctx, w.scope, id, w.now) })
}

// reopen is a restart: everything that the rules need has to be in the file.
func (w *walker) reopen() error {
	if err := w.s.Close(); err != nil {
		return err
	}
	w.s = openStore(w.t, w.path)
	w.did["reopen"]++
	return w.crash()
}
