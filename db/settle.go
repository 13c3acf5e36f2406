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

// Settle implements [domain.Outbox]. A result of an attempt that is not in
// flight any more, or was settled before, changes nothing. A waiting result of a
// cancelled campaign becomes cancelled, and one of an attempt that was uncertain
// stays uncertain.
func (s *Store) Settle(ctx context.Context, r domain.Result) error {
	return s.write(ctx, "settle a delivery", func(ctx context.Context, q *sqlc.Queries) error {
		_, err := s.settle(ctx, q, r)
		return err
	})
}

// settle answers whether what is due when has changed beyond the account's own
// deliveries.
func (s *Store) settle(ctx context.Context, q *sqlc.Queries, r domain.Result) (schedule bool, err error) {
	p, err := settledAs(ctx, q, r)
	if err != nil {
		return false, err
	}
	d, err := q.SettleDelivery(ctx, p)
	if errors.Is(err, sql.ErrNoRows) {
		s.log.Warn("result of an attempt that is not in flight", "delivery_id", r.Attempt.DeliveryID, "attempt", r.Attempt.Number)
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("record the result: %w", err)
	}
	if err := giveMessageBack(ctx, q, p, d.Day); err != nil {
		return false, err
	}
	campaign := false
	if p.Status != string(domain.DeliveryWaiting) { // else it is as open as it was
		if campaign, err = settleCampaign(ctx, q, r, d, domain.DeliveryStatus(p.Status), p.SentAt); err != nil {
			return false, err
		}
	}
	if err := settleDialog(ctx, q, r, d); err != nil {
		return false, err
	}
	account, err := settleAccount(ctx, q, r, d)
	if err != nil {
		return false, err
	}
	denied, err := settleDenied(ctx, q, r, d, p.Status)
	if err != nil {
		return false, err
	}
	all, err := stopAll(ctx, q, r)
	return campaign || account || denied || all, err
}

// settledAs is what the delivery becomes. What is to be tried again depends on
// what has become of its campaign.
func settledAs(ctx context.Context, q *sqlc.Queries, r domain.Result) (sqlc.SettleDeliveryParams, error) {
	p := sqlc.SettleDeliveryParams{
		Status: string(r.Status), Reason: r.Reason, Attempts: int64(r.Attempt.Number), DueAt: ms(r.DueAt), UpdatedAt: ms(r.At),
		OrganizationID: r.Attempt.OrganizationID, ID: r.Attempt.DeliveryID, Claim: r.Attempt.Claim,
	}
	if r.Undo {
		p.Attempts--
	}
	switch r.Status {
	case domain.DeliverySent:
		p.MessageID, p.SentAt = int64(r.Message.ID), ms(r.Message.At)
		if p.SentAt == 0 {
			p.SentAt = ms(r.At)
		}
	case domain.DeliveryUncertain:
		p.Ambiguous = flag(r.Left())
	case domain.DeliveryFailed, domain.DeliveryCancelled:
	case domain.DeliveryWaiting:
		if r.Attempt.Uncertain && !r.Absent {
			p.Status = string(domain.DeliveryUncertain)
			return p, nil
		}
		status, err := q.CampaignOfDelivery(ctx, sqlc.CampaignOfDeliveryParams{OrganizationID: p.OrganizationID, ID: p.ID})
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return p, fmt.Errorf("find the campaign: %w", err)
		}
		p.Held = flag(status == string(domain.CampaignPaused))
		if status == string(domain.CampaignCancelled) {
			p.Status = string(domain.DeliveryCancelled)
		}
	default:
		return p, fmt.Errorf("no attempt ends as %q", r.Status)
	}
	return p, nil
}

// settleCampaign counts, closes the round with its last delivery, and pauses the
// campaign when that is asked for or too much of it fails. It answers whether it
// did one of these.
func settleCampaign(ctx context.Context, q *sqlc.Queries, r domain.Result, d sqlc.SettleDeliveryRow, status domain.DeliveryStatus, sentAt int64) (bool, error) {
	org, n := r.Attempt.OrganizationID, moved(domain.DeliverySending, status)
	before, err := q.SettleCampaign(ctx, sqlc.SettleCampaignParams{
		Sent: int64(n.Sent), Failed: int64(n.Failed), Cancelled: int64(n.Cancelled), Uncertain: int64(n.Uncertain),
		LastSentAt: sentAt, OrganizationID: org, ID: d.CampaignID,
	})
	if err != nil {
		return false, fmt.Errorf("count in the campaign: %w", err)
	}
	if n.Sent > 0 && before.TemplateID > 0 {
		if err := q.CountTemplate(ctx, sqlc.CountTemplateParams{OrganizationID: org, ID: before.TemplateID}); err != nil {
			return false, fmt.Errorf("count the template: %w", err)
		}
	}
	finished, err := q.SettleRound(ctx, sqlc.SettleRoundParams{
		Sent: int64(n.Sent), Failed: int64(n.Failed), Cancelled: int64(n.Cancelled), Uncertain: int64(n.Uncertain),
		OrganizationID: org, CampaignID: d.CampaignID, Number: d.Round,
	})
	if err != nil {
		return false, fmt.Errorf("count in the round: %w", err)
	}
	if finished == 1 {
		if err := closeRound(ctx, q, org, d.CampaignID, r.At); err != nil {
			return false, err
		}
	}
	tooMany, err := noteRecent(ctx, q, r, d.CampaignID, domain.Recent(before.Recent), status)
	switch {
	case err != nil:
		return false, err
	case r.PauseCampaign:
		return true, pauseCampaign(ctx, q, org, d.CampaignID, r.Reason, r.At)
	case tooMany:
		return true, pauseCampaign(ctx, q, org, d.CampaignID, domain.CodeManyFailed, r.At)
	}
	return finished == 1, nil
}

// noteRecent notes how an attempt ended, and answers whether that was one
// failure too many.
func noteRecent(ctx context.Context, q *sqlc.Queries, r domain.Result, campaignID int64, before domain.Recent, status domain.DeliveryStatus) (bool, error) {
	failed, ok := r.Ended(status)
	if !ok {
		return false, nil
	}
	now := before.With(failed)
	if now != before { // while all goes well it stays the same
		err := q.SetRecent(ctx, sqlc.SetRecentParams{Recent: int64(now), OrganizationID: r.Attempt.OrganizationID, ID: campaignID})
		if err != nil {
			return false, fmt.Errorf("note how the attempt ended: %w", err)
		}
	}
	return failed && now.TooMany(), nil
}

// pauseCampaign pauses what is left of a campaign, and tells. An answer is not
// paused: nobody would see it.
func pauseCampaign(ctx context.Context, q *sqlc.Queries, organizationID, id int64, reason string, now time.Time) error {
	c, err := campaignOrReply(ctx, q, whole(organizationID), id)
	if err != nil {
		return err
	}
	if c.Reply || c.Status != domain.CampaignScheduled && c.Status != domain.CampaignRunning {
		return nil
	}
	if err := setHeld(ctx, q, c, domain.CampaignPaused, reason, true); err != nil {
		return err
	}
	return notify(ctx, q, domain.Notice{
		OrganizationID: organizationID, Kind: domain.NoticeCampaignPaused, UserID: c.UserID, AccountID: c.AccountID,
		CampaignID: id, Reason: reason, At: now,
	})
}

// settleDialog records what was learnt about the peer, and what it became.
func settleDialog(ctx context.Context, q *sqlc.Queries, r domain.Result, d sqlc.SettleDeliveryRow) error {
	org, acc := r.Attempt.OrganizationID, d.AccountID
	if r.RefreshedDialog != nil {
		if err := putRefreshed(ctx, q, org, acc, d.PeerID, *r.RefreshedDialog, r); err != nil {
			return fmt.Errorf("store the refreshed dialog: %w", err)
		}
	}
	peers := []int64{d.PeerID}
	if became := int64(r.Attempt.Dialog.ID); became != d.PeerID && became != 0 {
		peers = append(peers, became)
	}
	clear := r.Status == domain.DeliverySent && (r.Attempt.Dialog.Fails > 0 || r.RefreshedDialog != nil)
	if !clear && !r.PeerFails && r.ChatWait.IsZero() {
		return nil
	}
	for _, peer := range peers {
		err := q.SettleDialog(ctx, sqlc.SettleDialogParams{
			Clear: flag(clear), Refused: flag(r.PeerFails), WaitUntil: ms(r.ChatWait), WaitReason: r.ChatWaitReason,
			OrganizationID: org, AccountID: acc, PeerID: peer,
		})
		if err != nil {
			return fmt.Errorf("record what the chat wants: %w", err)
		}
	}
	if r.Reason != domain.CodeBanned || !r.PeerFails {
		return nil
	}
	err := q.PutBan(ctx, sqlc.PutBanParams{AccountID: acc, PeerID: d.PeerID, OrganizationID: org, At: ms(r.At)})
	if err != nil {
		return fmt.Errorf("note that the chat shuts the account out: %w", err)
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
		fresh.Fails, fresh.WaitUntil, fresh.WaitReason = int(old.Fails), at(old.WaitUntil), old.WaitReason
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

// settleAccount records what the account has to keep to, and answers whether its
// state has changed.
func settleAccount(ctx context.Context, q *sqlc.Queries, r domain.Result, d sqlc.SettleDeliveryRow) (moved bool, err error) {
	org := r.Attempt.OrganizationID
	if r.Left() {
		// The number keeps two of one millisecond apart.
		err := q.InsertOutgoing(ctx, sqlc.InsertOutgoingParams{
			AccountID: d.AccountID, At: ms(r.At), Number: r.Attempt.DeliveryID<<8 | r.Attempt.Claim&0xff, OrganizationID: org,
		})
		if err != nil {
			return false, fmt.Errorf("count what has left: %w", err)
		}
	}
	if r.AccountReadyAt.After(r.At) {
		err := q.SetReadyAt(ctx, sqlc.SetReadyAtParams{ReadyAt: ms(r.AccountReadyAt), OrganizationID: org, ID: d.AccountID})
		if err != nil {
			return false, fmt.Errorf("pace the account: %w", err)
		}
	}
	if !r.AccountWait.IsZero() {
		if err := makeWait(ctx, q, r, d.AccountID); err != nil {
			return false, err
		}
	}
	if r.AccountState == "" {
		return false, nil
	}
	if moved, err = moveAccount(ctx, q, org, d.AccountID, r.AccountState, r.Reason, r.At); err != nil {
		return false, fmt.Errorf("move the account: %w", err)
	}
	return moved, nil
}

// makeWait keeps the account silent, and tells when that is for long.
func makeWait(ctx context.Context, q *sqlc.Queries, r domain.Result, accountID int64) error {
	org := r.Attempt.OrganizationID
	err := q.SetAccountWait(ctx, sqlc.SetAccountWaitParams{
		WaitUntil: ms(r.AccountWait), WaitReason: r.Reason, OrganizationID: org, ID: accountID,
	})
	if err != nil {
		return fmt.Errorf("make the account wait: %w", err)
	}
	if !r.LongWait {
		return nil
	}
	a, err := account(ctx, q, whole(org), accountID)
	if err != nil {
		return err
	}
	return notify(ctx, q, domain.Notice{
		OrganizationID: org, Kind: domain.NoticeLongWait, UserID: a.UserID, AccountID: accountID,
		Reason: r.Reason, Until: r.AccountWait, At: r.At,
	})
}

// stopAll stops all sending when the result says so, and answers whether that is
// new: then it is told.
func stopAll(ctx context.Context, q *sqlc.Queries, r domain.Result) (bool, error) {
	if !r.StopAll {
		return false, nil
	}
	if _, err := q.Setting(ctx, settingStopped); !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	if err := q.PutSetting(ctx, sqlc.PutSettingParams{Key: settingStopped, Value: []byte(r.Reason)}); err != nil {
		return false, fmt.Errorf("stop all sending: %w", err)
	}
	service, err := q.ServiceOrganization(ctx)
	if err != nil {
		return false, fmt.Errorf("find the service's organization: %w", err)
	}
	return true, notify(ctx, q, domain.Notice{
		OrganizationID: service.ID, Kind: domain.NoticeSendingStopped, Reason: r.Reason, At: r.At,
	})
}
