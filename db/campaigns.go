package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"postix/db/sqlc"
	"postix/domain"
)

// campaign finds one that a person has ordered.
func campaign(ctx context.Context, q *sqlc.Queries, sc domain.Scope, id int64) (domain.Campaign, error) {
	c, err := campaignOrReply(ctx, q, sc, id)
	if err == nil && c.Reply {
		return domain.Campaign{}, domain.Missing("campaign.missing")
	}
	return c, err
}

func campaignOrReply(ctx context.Context, q *sqlc.Queries, sc domain.Scope, id int64) (domain.Campaign, error) {
	r, err := q.Campaign(ctx, sqlc.CampaignParams{
		OrganizationID: sc.OrganizationID, InDepartment: sc.DepartmentID, OfUser: sc.UserID, ID: id,
	})
	return toCampaign(r), missing("campaign.missing", err)
}

// CreateCampaign implements [domain.CampaignStore]; NotFound (user.missing,
// account.missing, catalog.missing) for what is not of its organization.
// Status, Round, NextDueAt, Peers and Counts are set here: scheduled, nothing
// opened, due at StartAt, as many peers as there are.
func (s *Store) CreateCampaign(ctx context.Context, c domain.Campaign, peers []domain.Peer) (stored domain.Campaign, created bool, err error) {
	err = s.write(ctx, "create a campaign", func(ctx context.Context, q *sqlc.Queries) error {
		r, err := q.CampaignByToken(ctx, sqlc.CampaignByTokenParams{OrganizationID: c.OrganizationID, UserID: c.UserID, Token: c.Token})
		if err == nil {
			stored = toCampaign(r)
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("look for the token: %w", err)
		}
		if err := checkParts(ctx, q, c); err != nil {
			return err
		}
		if err := takeCampaign(ctx, q, c); err != nil {
			return err
		}
		id, err := insertCampaign(ctx, q, c, peers)
		if err != nil {
			return err
		}
		created = true
		audit(ctx, domain.AuditEntry{
			OrganizationID: c.OrganizationID, Event: domain.AuditCampaignCreate, Subject: domain.SubjectCampaign, SubjectID: id,
		})
		stored, err = campaign(ctx, q, whole(c.OrganizationID), id)
		return err
	})
	if err != nil {
		return domain.Campaign{}, false, err
	}
	return stored, created, nil
}

// CampaignOf implements [domain.CampaignStore].
func (s *Store) CampaignOf(ctx context.Context, u domain.User, token string) (domain.Campaign, error) {
	r, err := s.read.CampaignByToken(ctx, sqlc.CampaignByTokenParams{OrganizationID: u.OrganizationID, UserID: u.ID, Token: token})
	if err != nil {
		return domain.Campaign{}, refuse("look for the token", missing("campaign.missing", err))
	}
	return toCampaign(r), nil
}

// checkParts sees to it that what a campaign points at is of its organization.
func checkParts(ctx context.Context, q *sqlc.Queries, c domain.Campaign) error {
	if _, err := q.UserInOrganization(ctx, sqlc.UserInOrganizationParams{OrganizationID: c.OrganizationID, ID: c.UserID}); err != nil {
		return missing("user.missing", err)
	}
	if _, err := account(ctx, q, whole(c.OrganizationID), c.AccountID); err != nil {
		return err
	}
	if err := mayGoOut(ctx, q, c); err != nil {
		return err
	}
	if c.CatalogID == 0 {
		return nil
	}
	_, err := catalog(ctx, q, whole(c.OrganizationID), c.CatalogID)
	return err
}

func insertCampaign(ctx context.Context, q *sqlc.Queries, c domain.Campaign, peers []domain.Peer) (int64, error) {
	id, err := q.InsertCampaign(ctx, sqlc.InsertCampaignParams{
		OrganizationID: c.OrganizationID, UserID: c.UserID, Uuid: c.UUID, Token: c.Token,
		AccountID: c.AccountID, CatalogID: reference(c.CatalogID), CatalogName: c.CatalogName,
		Body: c.Text, Formats: fromFormats(c.Formats), Search: fold(c.Text), Rounds: int64(c.Rounds), IntervalMs: c.Interval.Milliseconds(),
		StartAt: ms(c.StartAt), NextDueAt: ms(c.StartAt),
		Peers: int64(len(peers)), Planned: int64(len(peers) * c.Rounds),
		CreatedAt: ms(c.CreatedAt), PlannedEnd: ms(c.PlannedEnd),
	})
	if err != nil {
		return 0, fmt.Errorf("store the campaign: %w", err)
	}
	err = q.InsertCampaignText(ctx, sqlc.InsertCampaignTextParams{
		CampaignID: id, Version: 1, OrganizationID: c.OrganizationID, UserID: c.UserID,
		Body: c.Text, Formats: fromFormats(c.Formats), CreatedAt: ms(c.CreatedAt),
	})
	if err != nil {
		return 0, fmt.Errorf("store the text: %w", err)
	}
	c.ID = id
	for i, p := range peers {
		if err := putCampaignPeer(ctx, q, c, p, i, 0); err != nil {
			return 0, err
		}
	}
	return id, nil
}

// putCampaignPeer stores a peer; replyTo is the message there that is answered.
func putCampaignPeer(ctx context.Context, q *sqlc.Queries, c domain.Campaign, p domain.Peer, position int, replyTo int64) error {
	err := q.InsertCampaignPeer(ctx, sqlc.InsertCampaignPeerParams{
		CampaignID: c.ID, PeerID: int64(p.ID), OrganizationID: c.OrganizationID, Position: int64(position),
		Kind: string(p.Kind), Title: p.Title, Username: p.Username, Search: foldPeer(p), Members: int64(p.Members), ReplyTo: replyTo,
	})
	if err != nil {
		return fmt.Errorf("store a peer: %w", err)
	}
	return nil
}

// setHeldUntil says of a running campaign what holds it up. Between rounds, and
// where nothing runs, nothing is asked.
func (s *Store) setHeldUntil(ctx context.Context, c *domain.Campaign) error {
	if !waitsInLine(*c) {
		return nil
	}
	r, err := s.read.HeldDeliveries(ctx, sqlc.HeldDeliveriesParams{OrganizationID: c.OrganizationID, CampaignID: c.ID})
	c.Held, c.HeldUntil = int(r.Held), at(r.Until)
	return refuse("find what holds a campaign up", err)
}

// Campaign implements [domain.CampaignStore].
func (s *Store) Campaign(ctx context.Context, sc domain.Scope, id int64) (domain.Campaign, error) {
	c, err := campaign(ctx, s.read, sc, id)
	if err != nil {
		return c, refuse("find a campaign", err)
	}
	if err := s.setHeldUntil(ctx, &c); err != nil {
		return c, err
	}
	if err := s.setRecent(ctx, &c); err != nil {
		return c, err
	}
	one := []domain.Campaign{c}
	err = s.setAhead(ctx, sc, one)
	return one[0], err
}

// Rounds implements [domain.CampaignStore].
func (s *Store) Rounds(ctx context.Context, sc domain.Scope, id int64) ([]domain.Round, error) {
	if _, err := campaign(ctx, s.read, sc, id); err != nil {
		return nil, refuse("find a campaign", err)
	}
	rows, err := s.read.Rounds(ctx, sqlc.RoundsParams{OrganizationID: sc.OrganizationID, CampaignID: id})
	rs := make([]domain.Round, len(rows))
	for i, r := range rows {
		rs[i] = toRound(r)
	}
	return rs, refuse("list the rounds", err)
}

// Texts implements [domain.CampaignStore].
func (s *Store) Texts(ctx context.Context, sc domain.Scope, id int64) ([]domain.Text, error) {
	if _, err := campaign(ctx, s.read, sc, id); err != nil {
		return nil, refuse("find a campaign", err)
	}
	rows, err := s.read.CampaignTexts(ctx, sqlc.CampaignTextsParams{OrganizationID: sc.OrganizationID, CampaignID: id})
	return toTexts(rows), refuse("list the texts", err)
}

func toTexts(rows []sqlc.CampaignTextsRow) []domain.Text {
	ts := make([]domain.Text, len(rows))
	for i, r := range rows {
		ts[i] = domain.Text{Version: int(r.Version), Body: r.Body, Formats: toFormats(r.Formats), UserName: r.UserName, At: at(r.CreatedAt)}
	}
	return ts
}
