package db

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

var _ domain.ReplyStore = (*Store)(nil)

const (
	kindReply   = "reply"        // of a campaign
	replyWindow = 24 * time.Hour // that the bounds count in
)

// OrderReply implements [domain.ReplyStore]; NotFound (watch.missing) for a
// detection that is not of this account and sender.
func (s *Store) OrderReply(ctx context.Context, r domain.NewReply) (why string, err error) {
	err = s.write(ctx, "order an answer", func(ctx context.Context, q *sqlc.Queries) error {
		d, err := q.ToAnswer(ctx, sqlc.ToAnswerParams{OrganizationID: r.OrganizationID, ID: r.DetectionID, SenderID: r.SenderID})
		if err != nil {
			return missing(keyNoWatch, err)
		}
		if d.AccountID != r.AccountID {
			return domain.Missing(keyNoWatch)
		}
		if d.Silence == "" { // it has its answer
			return nil
		}
		sender, err := watchedSender(ctx, q, r.OrganizationID, r.SenderID)
		if err != nil {
			return missing(keyNoWatch, err)
		}
		may, err := q.MayAnswer(ctx, sqlc.MayAnswerParams{OrganizationID: r.OrganizationID, AccountID: r.AccountID})
		if err != nil {
			return fmt.Errorf("look for blocks: %w", err)
		}
		switch {
		case may == 0:
			why = domain.SilentBlocked
			return nil
		case sender.CooldownUntil.After(r.At):
			why = domain.SilentCooldown
			return nil
		case !r.At.Before(r.Until):
			why = domain.SilentLate
			return nil
		}
		peers, reason, err := replyPeers(ctx, q, r)
		if why = reason; err != nil || why != "" {
			return err
		}
		return s.orderReply(ctx, q, r, peers)
	})
	return why, err
}

// replyPeers are the groups that the answer goes to, or why there are none.
func replyPeers(ctx context.Context, q *sqlc.Queries, r domain.NewReply) (peers []domain.Peer, why string, err error) {
	since := ms(r.At.Add(-replyWindow))
	n, err := q.CountReplies(ctx, sqlc.CountRepliesParams{SenderID: r.SenderID, OrganizationID: r.OrganizationID, Since: since})
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("count the answers: %w", err)
	case n.AllOfThem >= int64(r.Bounds.PerDay):
		return nil, domain.SilentDay, nil
	case n.ToSender >= int64(r.Bounds.PerSender):
		return nil, domain.SilentSender, nil
	}
	room := min(domain.ReplyGroups, r.Bounds.PerDay-int(n.AllOfThem), r.Bounds.PerSender-int(n.ToSender))
	why = domain.SilentGroup
	for _, p := range r.Peers {
		if len(peers) == room {
			break
		}
		denied, err := q.IsDenied(ctx, sqlc.IsDeniedParams{OrganizationID: r.OrganizationID, PeerID: int64(p.ID)})
		if err != nil {
			return nil, "", fmt.Errorf("look at the deny list: %w", err)
		}
		if denied == 1 {
			continue
		}
		there, err := q.CountRepliesTo(ctx, sqlc.CountRepliesToParams{OrganizationID: r.OrganizationID, Since: since, PeerID: int64(p.ID)})
		if err != nil {
			return nil, "", fmt.Errorf("count the answers to a group: %w", err)
		}
		if there >= int64(r.Bounds.PerChat) {
			why = domain.SilentChatDay
			continue
		}
		peers = append(peers, p)
	}
	if len(peers) > 0 {
		why = ""
	}
	return peers, why, nil
}

// orderReply stores the answer with its round open, and what it means for the
// sender. It belongs to the user whose account it goes out of.
func (s *Store) orderReply(ctx context.Context, q *sqlc.Queries, r domain.NewReply, peers []domain.Peer) error {
	a, err := account(ctx, q, whole(r.OrganizationID), r.AccountID)
	if err != nil {
		return err
	}
	// An id of its own: that of the detection is given again one day.
	c := domain.Campaign{OrganizationID: r.OrganizationID, UserID: a.UserID, UUID: rand.Text(), AccountID: r.AccountID}
	c.ID, err = q.InsertReply(ctx, sqlc.InsertReplyParams{
		OrganizationID: c.OrganizationID, UserID: c.UserID, Uuid: c.UUID, AccountID: c.AccountID, Body: r.Template.Text,
		At: ms(r.At), Peers: int64(len(peers)), ExpiresAt: ms(r.Until), DetectionID: r.DetectionID, TemplateID: r.Template.ID,
	})
	if err != nil {
		return fmt.Errorf("store the answer: %w", err)
	}
	if err := s.openReply(ctx, q, c, r, peers); err != nil {
		return err
	}
	err = q.SetAnswered(ctx, sqlc.SetAnsweredParams{
		CooldownUntil: ms(r.At.Add(r.Bounds.Cooldown)), LastTemplate: r.Template.ID, OrganizationID: r.OrganizationID, SenderID: r.SenderID,
	})
	if err != nil {
		return fmt.Errorf("set the sender's cool-down: %w", err)
	}
	err = changed(q.SetSilence(ctx, sqlc.SetSilenceParams{OrganizationID: r.OrganizationID, ID: r.DetectionID}))
	if err != nil {
		return fmt.Errorf("note that the detection is answered: %w", err)
	}
	return nil
}

// openReply writes the answer's round with its deliveries, which are due now.
func (s *Store) openReply(ctx context.Context, q *sqlc.Queries, c domain.Campaign, r domain.NewReply, peers []domain.Peer) error {
	err := q.InsertRound(ctx, sqlc.InsertRoundParams{
		CampaignID: c.ID, Number: 1, OrganizationID: c.OrganizationID, Status: string(domain.RoundOpen),
		PlannedAt: ms(r.At), OpenedAt: ms(r.At), Planned: int64(len(peers)),
	})
	if err != nil {
		return fmt.Errorf("store the round: %w", err)
	}
	for i, p := range peers {
		to := int64(0)
		if int64(p.ID) == r.ToChat {
			to = r.To
		}
		if err := putCampaignPeer(ctx, q, c, p, i, to); err != nil {
			return err
		}
		if err := q.InsertDelivery(ctx, s.delivery(c, 1, p.ID, int64(i), "", domain.Dialog{}, r.At)); err != nil {
			return fmt.Errorf("store a delivery: %w", err)
		}
	}
	return nil
}

// Undecided implements [domain.ReplyStore].
func (s *Store) Undecided(ctx context.Context, organizationID int64, since time.Time) ([]domain.Detection, error) {
	ids, err := s.read.Undecided(ctx, sqlc.UndecidedParams{OrganizationID: organizationID, Since: ms(since)})
	if err != nil {
		return nil, refuse("list what is neither answered nor left", err)
	}
	ds := make([]domain.Detection, 0, len(ids))
	for part := range slices.Chunk(ids, idsAtOnce) {
		more, err := s.detections(ctx, organizationID, part)
		if err != nil {
			return nil, err
		}
		ds = append(ds, more...)
	}
	return ds, nil
}

// setReplies adds to detections what they were answered with.
func (s *Store) setReplies(ctx context.Context, organizationID int64, ds []domain.Detection) error {
	ids, place := make([]int64, len(ds)), make(map[int64]int, len(ds))
	for i, d := range ds {
		ids[i], place[d.ID] = d.ID, i
	}
	rows, err := s.read.RepliesOf(ctx, sqlc.RepliesOfParams{OrganizationID: organizationID, Detections: ids})
	if err != nil {
		return refuse("list the answers", err)
	}
	for _, r := range rows {
		d := &ds[place[r.DetectionID]]
		d.Replies = append(d.Replies, domain.Reply{
			ID: r.ID, DetectionID: r.DetectionID, CampaignID: r.CampaignID, Text: r.Body,
			Peer:   toPeer(r.PeerID, r.Kind, r.Title, r.Username, r.Members),
			Status: domain.DeliveryStatus(r.Status), Reason: r.Reason, MessageID: int(r.MessageID), SentAt: at(r.SentAt),
		})
	}
	return nil
}
