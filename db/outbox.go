package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// Claim implements [domain.Outbox]; NotFound (account.missing). Uncertain
// deliveries come first, whatever has become of their campaign.
func (s *Store) Claim(ctx context.Context, accountID int64, now time.Time) (t domain.Turn, err error) {
	err = s.write(ctx, "claim a delivery", func(ctx context.Context, q *sqlc.Queries) (err error) {
		t, err = s.claim(ctx, q, accountID, now)
		return err
	})
	return t, err
}

// Next implements [domain.Outbox].
func (s *Store) Next(ctx context.Context, r domain.Result, now time.Time) (t domain.Turn, err error) {
	err = s.write(ctx, "settle a delivery and claim the next", func(ctx context.Context, q *sqlc.Queries) error {
		schedule, err := s.settle(ctx, q, r)
		if err != nil {
			return err
		}
		t, err = s.claim(ctx, q, r.Attempt.AccountID, now)
		t.Schedule, t.News = schedule, r.Attempt.OrganizationID
		return err
	})
	return t, err
}

// sender is an account with what decides whether it may send.
type sender struct {
	sqlc.SenderRow
	id   int64
	org  domain.Organization
	now  time.Time
	full time.Time // nothing that is not counted yet goes out before; zero: it may
}

// mostPutOff bounds how many deliveries one claim puts off: others write too.
const mostPutOff = 100

// claim looks for a delivery until one may go to its chat; those that may not
// are put off until they may.
func (s *Store) claim(ctx context.Context, q *sqlc.Queries, accountID int64, now time.Time) (domain.Turn, error) {
	news := int64(0)
	for range mostPutOff {
		row, err := q.Sender(ctx, sqlc.SenderParams{Now: ms(now), ID: accountID})
		if err != nil {
			return domain.Turn{}, missing("account.missing", err)
		}
		from := sender{SenderRow: row, id: accountID, org: toOrganization(row.Organization), now: now}
		if from.full, err = dayFull(ctx, q, from.org, now); err != nil {
			return domain.Turn{}, err
		}
		d := from.first(s.lines[accountID])
		if d.id == 0 || !from.sends() || s.damaged.Load() {
			return domain.Turn{News: news}, nil
		}
		if d.due > ms(now) {
			return domain.Turn{At: at(max(d.due, from.ReadyAt, from.WaitUntil)), News: news}, nil
		}
		t, err := from.send(ctx, q, d)
		t.News = max(t.News, news)
		if t.Attempt != nil {
			s.lines[accountID] = s.lines[accountID].after(d)
		}
		if err != nil || t.Attempt != nil || !t.At.IsZero() {
			return t, err
		}
		news = from.org.ID // the delivery is out of the way
	}
	return domain.Turn{At: now, News: news}, nil
}

// sends reports whether anything of the account may go out at all.
func (from sender) sends() bool {
	return from.State == string(domain.AccountActive) && from.Busy == 0 && from.Stopped == 0 && from.org.Stop == domain.StopNone
}

type dueDelivery struct {
	id, due          int64
	reply, uncertain bool
}

// line is who went last in an account's line. Answers and uncertain deliveries go
// before the others, but while another is due no more than one answer (in two
// groups) or one uncertain delivery in a row, and they take turns among
// themselves: neither many dispatchers nor chats that do not answer must silence
// the account for all others.
type line struct {
	jumps int  // how many of these went last
	reply bool // the last one of these was an answer
}

func (l line) after(d dueDelivery) line {
	if d.reply || d.uncertain {
		return line{jumps: l.jumps + 1, reply: d.reply}
	}
	return line{reply: l.reply}
}

// othersFirst reports whether it is the turn of those that do not jump the line.
func (l line) othersFirst() bool {
	return l.jumps >= domain.ReplyGroups || l.jumps > 0 && !l.reply
}

// first is the delivery that the account takes next; the zero one for none.
func (from sender) first(l line) dueDelivery {
	open := dueDelivery{id: from.OpenID, due: from.OpenDue}
	uncertain := dueDelivery{id: from.UncertainID, due: from.UncertainDue, uncertain: true}
	doubt := from.UncertainID != 0 && from.UncertainDue <= ms(from.now)
	switch {
	case doubt && !from.full.IsZero(): // it is counted already
		return uncertain
	case l.othersFirst() && from.OpenID != 0 && from.OpenID != from.ReplyID && from.OpenDue <= ms(from.now):
		return open
	case from.ReplyID != 0 && !(doubt && l.reply && l.jumps != 1):
		return dueDelivery{id: from.ReplyID, due: ms(from.now), reply: true}
	case doubt, from.UncertainID != 0 && (from.OpenID == 0 || from.UncertainDue < from.OpenDue):
		return uncertain
	}
	return open
}

// send claims the delivery, or says when the account may send again. The zero
// turn means that the delivery is out of the way: its chat has to be left alone, or
// it is not to be tried any more.
func (from sender) send(ctx context.Context, q *sqlc.Queries, d dueDelivery) (domain.Turn, error) {
	gate, err := from.gate(ctx, q, d)
	if err != nil {
		return domain.Turn{}, err
	}
	news, err := from.noteLimit(ctx, q, gate)
	if err != nil {
		return domain.Turn{}, err
	}
	if gate.At.After(from.now) {
		if !from.full.IsZero() && !d.uncertain && from.UncertainID != 0 { // which need not wait for the day
			gate.At = at(min(ms(gate.At), from.UncertainDue))
		}
		return domain.Turn{At: gate.At, News: news}, nil
	}
	r, err := q.ToSend(ctx, sqlc.ToSendParams{
		OrganizationID: from.org.ID, ID: d.id, BansSince: ms(from.now.Add(-domain.BansWithin)),
	})
	if err != nil {
		return domain.Turn{}, fmt.Errorf("read the delivery: %w", err)
	}
	if dropped, err := from.drop(ctx, q, d, r); dropped || err != nil {
		return domain.Turn{}, err
	}
	a, err := from.attempt(ctx, q, d, r)
	if err != nil {
		return domain.Turn{}, err
	}
	if free := a.Pace.ChatGate(a.Dialog, a.UncertainAt, from.now); free.After(from.now) && !a.Look {
		return domain.Turn{}, from.putOff(ctx, q, d.id, free, a.Dialog.WaitReason)
	}
	if err := from.start(ctx, q, &a); err != nil {
		return domain.Turn{}, err
	}
	return domain.Turn{Attempt: &a, News: from.org.ID}, nil
}

func (from sender) putOff(ctx context.Context, q *sqlc.Queries, id int64, until time.Time, reason string) error {
	err := q.DelayDelivery(ctx, sqlc.DelayDeliveryParams{DueAt: ms(until), Reason: reason, OrganizationID: from.org.ID, ID: id})
	if err != nil {
		return fmt.Errorf("put a delivery off: %w", err)
	}
	return nil
}

// gate asks the governor.
func (from sender) gate(ctx context.Context, q *sqlc.Queries, d dueDelivery) (domain.Gate, error) {
	u := domain.Usage{
		Ready: at(from.ReadyAt), WaitUntil: at(from.WaitUntil), WaitReason: from.WaitReason, Warm: at(from.WarmAt),
		NthLast: func(n int) (time.Time, error) {
			last, err := q.NthLastOutgoing(ctx, sqlc.NthLastOutgoingParams{
				OrganizationID: from.org.ID, AccountID: from.id, Since: ms(from.now.Add(-domain.LongestWindow)),
				Until: ms(from.now.Add(domain.ClockSlack)), Skip: int64(n - 1),
			})
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return time.Time{}, fmt.Errorf("find what the account has sent: %w", err)
			}
			return at(last), nil
		},
	}
	if !d.uncertain {
		u.DayEnds = from.full
	}
	return from.org.Pace.Gate(u, from.org.Hours(), from.now)
}

// noteLimit stores for pages which limit of ours holds the account up, if it is
// another than they know, and answers the organization then.
func (from sender) noteLimit(ctx context.Context, q *sqlc.Queries, g domain.Gate) (news int64, err error) {
	until, reason := int64(0), ""
	if g.Limit() {
		until, reason = ms(g.At), g.Reason
	}
	if until == from.LimitUntil && reason == from.LimitReason || until == 0 && from.LimitUntil <= ms(from.now) {
		return 0, nil
	}
	err = q.SetLimit(ctx, sqlc.SetLimitParams{LimitUntil: until, LimitReason: reason, OrganizationID: from.org.ID, ID: from.id})
	if err != nil {
		return 0, fmt.Errorf("note the limit: %w", err)
	}
	return from.org.ID, nil
}

// attempt collects what sending needs.
func (from sender) attempt(ctx context.Context, q *sqlc.Queries, d dueDelivery, r sqlc.ToSendRow) (domain.Attempt, error) {
	a := domain.Attempt{
		DeliveryID: d.id, Claim: r.Claims + 1, CampaignID: r.CampaignID, OrganizationID: from.org.ID, AccountID: r.AccountID,
		Round: int(r.Round), Number: int(r.Attempts) + 1, RandomID: r.RandomID,
		Text: r.Body, Formats: toFormats(r.Formats), TextVersion: int(r.TextVersion),
		Dialog: toSendDialog(r), Known: r.Known == 1, Uncertain: d.uncertain, FirstAt: at(r.FirstAt), Pace: from.org.Pace, Bans: int(r.Bans),
		ReplyTo: int(r.ReplyTo), Expires: at(r.ExpiresAt), DetectionID: r.DetectionID,
	}
	if a.FirstAt.IsZero() {
		a.FirstAt = at(ms(from.now))
	}
	if r.DetectionID != 0 {
		a.Part, a.Parts = int(r.Position)+1, int(r.Peers)
	}
	if !d.uncertain {
		return a, nil
	}
	denied, err := q.IsDenied(ctx, sqlc.IsDeniedParams{OrganizationID: from.org.ID, PeerID: r.PeerID})
	if err != nil {
		return a, fmt.Errorf("look at the deny list: %w", err)
	}
	a.UncertainAt = at(r.UncertainAt)
	a.Look = r.CampaignStatus == string(domain.CampaignCancelled) || r.CampaignStatus == string(domain.CampaignPaused) ||
		denied == 1 || from.over(r) || from.barred(r) != ""
	return a, nil
}

// toSendDialog is the peer with what the account knows of it.
func toSendDialog(r sqlc.ToSendRow) domain.Dialog {
	return domain.Dialog{
		Peer:      toPeer(r.PeerID, r.Kind, r.Title, r.Username, r.Members),
		AccountID: r.AccountID, AccessHash: r.AccessHash, CanWrite: r.CanWrite == 1, MigratedTo: domain.PeerID(r.MigratedTo),
		Fails: int(r.Fails), WaitUntil: at(r.WaitUntil), WaitReason: r.WaitReason,
	}
}

// start records the intent.
func (from sender) start(ctx context.Context, q *sqlc.Queries, a *domain.Attempt) error {
	day, err := from.takeMessage(ctx, q, *a)
	if err != nil {
		return err
	}
	err = q.StartSending(ctx, sqlc.StartSendingParams{
		Now: ms(from.now), TextVersion: int64(a.TextVersion), Day: day, OrganizationID: from.org.ID, ID: a.DeliveryID,
	})
	if err != nil {
		return fmt.Errorf("record the intent: %w", err)
	}
	if !a.Uncertain {
		return nil
	}
	err = count(ctx, q, from.org.ID, a.CampaignID, int64(a.Round), moved(domain.DeliveryUncertain, domain.DeliverySending))
	if err != nil {
		return err
	}
	rival, err := q.RivalAt(ctx, sqlc.RivalAtParams{
		OrganizationID: from.org.ID, AccountID: from.id, PeerID: int64(a.Dialog.ID), ExceptID: a.DeliveryID, Now: ms(from.now),
	})
	if err != nil {
		return fmt.Errorf("look for another uncertain delivery: %w", err)
	}
	a.Rival = at(rival)
	a.Taken, err = takenMessages(ctx, q, *a)
	return err
}

// takenBefore is how long before the first attempt a message may lie that a look
// still finds: Telegram counts whole seconds, and this machine's clock may have
// been wrong by as much as a day.
const takenBefore = 26 * time.Hour

// takenMessages lists the chat's messages that prove other deliveries already.
func takenMessages(ctx context.Context, q *sqlc.Queries, a domain.Attempt) ([]int, error) {
	ids, err := q.TakenMessages(ctx, sqlc.TakenMessagesParams{
		OrganizationID: a.OrganizationID, AccountID: a.AccountID, PeerID: int64(a.Dialog.ID), Since: ms(a.FirstAt.Add(-takenBefore)),
	})
	if err != nil {
		return nil, fmt.Errorf("list the messages that prove other deliveries: %w", err)
	}
	out := make([]int, len(ids))
	for i, id := range ids {
		out[i] = int(id)
	}
	return out, nil
}
