package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"postix/db/sqlc"
	"postix/domain"
)

// Settle implements [domain.Outbox]. A result of an attempt that is not in
// flight any more, or was settled before, changes nothing. A waiting result of a
// cancelled campaign becomes cancelled, and one of an attempt that was uncertain
// stays uncertain.
func (s *Store) Settle(ctx context.Context, r domain.Result) error {
	return s.write(ctx, "settle a delivery", func(ctx context.Context, q *sqlc.Queries) error {
		d, err := q.Sending(ctx, sqlc.SendingParams{
			OrganizationID: r.Attempt.OrganizationID, ID: r.Attempt.DeliveryID, Attempts: int64(r.Attempt.Number),
		})
		if errors.Is(err, sql.ErrNoRows) {
			s.log.Warn("result of an attempt that is not in flight", "delivery_id", r.Attempt.DeliveryID, "attempt", r.Attempt.Number)
			return nil
		}
		if err != nil {
			return fmt.Errorf("find the attempt: %w", err)
		}
		for _, part := range []func(context.Context, *sqlc.Queries, domain.Result, sqlc.SendingRow) error{
			settleDelivery, settleCampaign, settleDialog, settleAccount,
		} {
			if err := part(ctx, q, r, d); err != nil {
				return err
			}
		}
		if !r.StopAll {
			return nil
		}
		return q.PutSetting(ctx, sqlc.PutSettingParams{Key: settingStopped, Value: []byte(r.Reason)})
	})
}

// settledStatus is where the delivery really goes.
func settledStatus(r domain.Result, d sqlc.SendingRow) (domain.DeliveryStatus, error) {
	switch r.Status {
	case domain.DeliverySent, domain.DeliveryFailed, domain.DeliveryUncertain, domain.DeliveryCancelled:
		return r.Status, nil
	case domain.DeliveryWaiting:
		switch {
		case r.Attempt.Uncertain:
			return domain.DeliveryUncertain, nil
		case d.CampaignStatus == string(domain.CampaignCancelled):
			return domain.DeliveryCancelled, nil
		}
		return domain.DeliveryWaiting, nil
	}
	return "", fmt.Errorf("no attempt ends as %q", r.Status)
}

func settleDelivery(ctx context.Context, q *sqlc.Queries, r domain.Result, d sqlc.SendingRow) error {
	status, err := settledStatus(r, d)
	if err != nil {
		return err
	}
	p := sqlc.SettleDeliveryParams{
		Status: string(status), Reason: r.Reason, Attempts: int64(r.Attempt.Number), DueAt: ms(r.DueAt),
		UpdatedAt: ms(r.At), OrganizationID: r.Attempt.OrganizationID, ID: r.Attempt.DeliveryID,
		Ambiguous: flag(status == domain.DeliveryUncertain && !r.Looked),
		Held:      flag(status == domain.DeliveryWaiting && d.CampaignStatus == string(domain.CampaignPaused)),
	}
	if r.Undo {
		p.Attempts--
	}
	if status == domain.DeliverySent {
		p.MessageID, p.SentAt = int64(r.Message.ID), ms(r.Message.At)
		if p.SentAt == 0 {
			p.SentAt = ms(r.At)
		}
	}
	if err := q.SettleDelivery(ctx, p); err != nil {
		return fmt.Errorf("record the result: %w", err)
	}
	err = count(ctx, q, p.OrganizationID, d.CampaignID, d.Round, moved(domain.DeliverySending, status))
	if err != nil || status != domain.DeliverySent {
		return err
	}
	return q.SetLastSent(ctx, sqlc.SetLastSentParams{LastSentAt: p.SentAt, OrganizationID: p.OrganizationID, ID: d.CampaignID})
}

// settleCampaign pauses the campaign when that is asked for, and closes the
// round with its last delivery.
func settleCampaign(ctx context.Context, q *sqlc.Queries, r domain.Result, d sqlc.SendingRow) error {
	if r.PauseCampaign {
		c, err := campaign(ctx, q, whole(r.Attempt.OrganizationID), d.CampaignID)
		if err != nil {
			return err
		}
		if c.Status.Live() {
			if err := setHeld(ctx, q, c, domain.CampaignPaused, r.Reason, true); err != nil {
				return err
			}
		}
	}
	return closeRound(ctx, q, r.Attempt.OrganizationID, d.CampaignID, r.At)
}

// settleDialog records what was learnt about the peer.
func settleDialog(ctx context.Context, q *sqlc.Queries, r domain.Result, d sqlc.SendingRow) error {
	org, acc, peer := r.Attempt.OrganizationID, d.AccountID, d.PeerID
	if r.RefreshedDialog != nil {
		if err := putRefreshed(ctx, q, org, acc, peer, *r.RefreshedDialog, r); err != nil {
			return fmt.Errorf("store the refreshed dialog: %w", err)
		}
	}
	if r.Status == domain.DeliverySent {
		err := q.ClearFails(ctx, sqlc.ClearFailsParams{OrganizationID: org, AccountID: acc, PeerID: peer})
		if err != nil {
			return fmt.Errorf("clear the refusals: %w", err)
		}
	}
	if r.PeerFails {
		err := q.AddFail(ctx, sqlc.AddFailParams{OrganizationID: org, AccountID: acc, PeerID: peer})
		if err != nil {
			return fmt.Errorf("count the refusal: %w", err)
		}
	}
	if r.ChatWait.IsZero() {
		return nil
	}
	until := ms(r.ChatWait)
	err := q.SetChatWait(ctx, sqlc.SetChatWaitParams{WaitUntil: until, OrganizationID: org, AccountID: acc, PeerID: peer})
	if err != nil {
		return fmt.Errorf("make the chat wait: %w", err)
	}
	err = q.DelayPeer(ctx, sqlc.DelayPeerParams{DueAt: until, OrganizationID: org, AccountID: acc, PeerID: peer})
	if err != nil {
		return fmt.Errorf("delay what goes to the chat: %w", err)
	}
	return nil
}

// putRefreshed stores a dialog that was read again. When it is another peer, the
// old one has become that.
func putRefreshed(ctx context.Context, q *sqlc.Queries, organizationID, accountID, peer int64, fresh domain.Dialog, r domain.Result) error {
	a, err := account(ctx, q, whole(organizationID), accountID)
	if err != nil {
		return err
	}
	position := int64(a.Dialogs) // at the end, when it is new
	old, err := q.Dialog(ctx, sqlc.DialogParams{OrganizationID: organizationID, AccountID: accountID, PeerID: int64(fresh.ID)})
	known := err == nil
	switch {
	case known:
		position = old.Position
		fresh.Fails, fresh.WaitUntil = int(old.Fails), at(old.WaitUntil)
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	fresh.SeenAt = r.At
	if err := q.PutDialog(ctx, fromDialog(organizationID, accountID, fresh, position)); err != nil {
		return err
	}
	if !known {
		err := q.SetDialogsRead(ctx, sqlc.SetDialogsReadParams{
			DialogsAt: ms(a.DialogsAt), Dialogs: position + 1, OrganizationID: organizationID, ID: accountID,
		})
		if err != nil {
			return err
		}
	}
	if int64(fresh.ID) == peer {
		return nil
	}
	return q.SetMigrated(ctx, sqlc.SetMigratedParams{
		MigratedTo: int64(fresh.ID), OrganizationID: organizationID, AccountID: accountID, PeerID: peer,
	})
}

// settleAccount records what the account has to keep to.
func settleAccount(ctx context.Context, q *sqlc.Queries, r domain.Result, d sqlc.SendingRow) error {
	org := r.Attempt.OrganizationID
	if !r.AccountReadyAt.IsZero() {
		err := q.SetReadyAt(ctx, sqlc.SetReadyAtParams{ReadyAt: ms(r.AccountReadyAt), OrganizationID: org, ID: d.AccountID})
		if err != nil {
			return fmt.Errorf("pace the account: %w", err)
		}
	}
	if !r.AccountWait.IsZero() {
		err := q.SetAccountWait(ctx, sqlc.SetAccountWaitParams{
			WaitUntil: ms(r.AccountWait), WaitReason: r.Reason, OrganizationID: org, ID: d.AccountID,
		})
		if err != nil {
			return fmt.Errorf("make the account wait: %w", err)
		}
	}
	if r.AccountState == "" {
		return nil
	}
	if _, err := moveAccount(ctx, q, org, d.AccountID, r.AccountState, r.Reason); err != nil {
		return fmt.Errorf("move the account: %w", err)
	}
	return nil
}
