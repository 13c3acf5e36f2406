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
func (s *Store) Claim(ctx context.Context, accountID int64, now time.Time) (domain.Attempt, bool, time.Time, error) {
	var a domain.Attempt
	var ok bool
	var next time.Time
	err := s.write(ctx, "claim a delivery", func(ctx context.Context, q *sqlc.Queries) error {
		from, err := q.Sender(ctx, accountID)
		if err != nil {
			return missing("account.missing", err)
		}
		if from.State != string(domain.AccountActive) || from.Busy == 1 || from.Stopped == 1 {
			return nil
		}
		d, err := firstDue(ctx, q, from.OrganizationID, accountID, now)
		if err != nil || d.id == 0 {
			return err
		}
		if due := max(d.due, from.ReadyAt, from.WaitUntil); due > ms(now) {
			next = at(due)
			return nil
		}
		a, err = startSending(ctx, q, from, d, now)
		ok = err == nil
		return err
	})
	if err != nil {
		return domain.Attempt{}, false, time.Time{}, err
	}
	return a, ok, next, nil
}

type dueDelivery struct {
	id, due   int64
	last      int64 // when it became uncertain last
	uncertain bool
}

// firstDue is the delivery that the account takes next; the zero one for none.
func firstDue(ctx context.Context, q *sqlc.Queries, organizationID, accountID int64, now time.Time) (dueDelivery, error) {
	u, err := q.FirstUncertain(ctx, sqlc.FirstUncertainParams{OrganizationID: organizationID, AccountID: accountID})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return dueDelivery{}, fmt.Errorf("find an uncertain delivery: %w", err)
	}
	uncertain := dueDelivery{id: u.ID, due: u.DueAt, last: u.UncertainAt, uncertain: true}
	if u.ID != 0 && u.DueAt <= ms(now) {
		return uncertain, nil
	}
	p, err := q.FirstDue(ctx, sqlc.FirstDueParams{OrganizationID: organizationID, AccountID: accountID})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return dueDelivery{}, fmt.Errorf("find a due delivery: %w", err)
	}
	if p.ID == 0 || u.ID != 0 && u.DueAt < p.DueAt {
		return uncertain, nil
	}
	return dueDelivery{id: p.ID, due: p.DueAt}, nil
}

// startSending records the intent and collects what sending needs.
func startSending(ctx context.Context, q *sqlc.Queries, from sqlc.SenderRow, d dueDelivery, now time.Time) (domain.Attempt, error) {
	err := q.StartSending(ctx, sqlc.StartSendingParams{Now: ms(now), OrganizationID: from.OrganizationID, ID: d.id})
	if err != nil {
		return domain.Attempt{}, fmt.Errorf("record the intent: %w", err)
	}
	r, err := q.ToSend(ctx, sqlc.ToSendParams{OrganizationID: from.OrganizationID, ID: d.id})
	if err != nil {
		return domain.Attempt{}, fmt.Errorf("read the delivery: %w", err)
	}
	a := domain.Attempt{
		DeliveryID: d.id, CampaignID: r.CampaignID, OrganizationID: from.OrganizationID, AccountID: r.AccountID,
		Round: int(r.Round), Number: int(r.Attempts), RandomID: r.RandomID, Text: r.Body,
		Uncertain: d.uncertain, Cancelled: r.CampaignStatus == string(domain.CampaignCancelled),
		FirstAt: at(r.FirstAt), UncertainAt: at(d.last), Pace: toPace(from.GapMinMs, from.GapMaxMs, from.MinIntervalMs),
	}
	if d.uncertain {
		err := count(ctx, q, a.OrganizationID, a.CampaignID, r.Round, moved(domain.DeliveryUncertain, domain.DeliverySending))
		if err != nil {
			return domain.Attempt{}, err
		}
	}
	peer := domain.Peer{
		ID: domain.PeerID(r.PeerID), Kind: domain.PeerKind(r.Kind), Title: r.Title, Username: r.Username, Members: int(r.Members),
	}
	if a.Dialog, a.Known, err = dialogOrPeer(ctx, q, a.OrganizationID, a.AccountID, peer); err != nil {
		return a, err
	}
	if a.Uncertain {
		a.Taken, err = takenMessages(ctx, q, a)
	}
	return a, err
}

// takenMessages lists the chat's messages that prove other deliveries already. Telegram
// counts whole seconds, so that the first one may lie before FirstAt.
func takenMessages(ctx context.Context, q *sqlc.Queries, a domain.Attempt) ([]int, error) {
	ids, err := q.TakenMessages(ctx, sqlc.TakenMessagesParams{
		OrganizationID: a.OrganizationID, AccountID: a.AccountID, PeerID: int64(a.Dialog.ID), Since: ms(a.FirstAt.Add(-time.Minute)),
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

// dialogOrPeer is the peer as the account sees it, or the bare peer and false.
func dialogOrPeer(ctx context.Context, q *sqlc.Queries, organizationID, accountID int64, p domain.Peer) (domain.Dialog, bool, error) {
	d, err := q.Dialog(ctx, sqlc.DialogParams{OrganizationID: organizationID, AccountID: accountID, PeerID: int64(p.ID)})
	if errors.Is(err, sql.ErrNoRows) {
		return domain.Dialog{Peer: p, AccountID: accountID}, false, nil
	}
	if err != nil {
		return domain.Dialog{}, false, fmt.Errorf("find the dialog: %w", err)
	}
	return toDialog(d), true, nil
}
