package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"postix/db/sqlc"
	"postix/domain"
)

// RemoveUser implements [domain.UserStore].
func (s *Store) RemoveUser(ctx context.Context, u domain.User, now time.Time) error {
	return s.write(ctx, "remove a user", func(ctx context.Context, q *sqlc.Queries) error {
		is, err := user(ctx, q, u.OrganizationID, u.ID)
		if err != nil {
			return err
		}
		if err := is.Block.MayChange(false); err != nil { // only his organization removes him
			return err
		}
		if is.Role == domain.RoleOwner {
			if err := checkOwners(ctx, q, is); err != nil {
				return err
			}
		}
		auditUser(ctx, is, domain.AuditUserRemove)
		if err := cancelCampaignsOf(ctx, q, is, now); err != nil {
			return err
		}
		if err := shutOut(ctx, q, is.OrganizationID, is.ID, domain.CodeUserBlocked, now); err != nil { // pauses only what others send
			return err
		}
		if err := disconnectAccountsOf(ctx, q, is, now); err != nil {
			return err
		}
		err = q.LeaveCampaigns(ctx, sqlc.LeaveCampaignsParams{Reason: domain.CodeNumberGone, OrganizationID: is.OrganizationID, UserID: is.ID})
		if err != nil {
			return fmt.Errorf("say that his numbers are gone: %w", err)
		}
		err = q.DropPasswordLinks(ctx, sqlc.DropPasswordLinksParams{OrganizationID: is.OrganizationID, UserID: is.ID})
		if err != nil {
			return fmt.Errorf("drop the links: %w", err)
		}
		err = errors.Join(
			q.DropBotLinks(ctx, sqlc.DropBotLinksParams{OrganizationID: is.OrganizationID, UserID: is.ID}),
			q.DropBotPeopleOf(ctx, sqlc.DropBotPeopleOfParams{OrganizationID: is.OrganizationID, UserID: is.ID}),
		)
		if err != nil {
			return fmt.Errorf("shut him out of the bot: %w", err)
		}
		err = q.DropRecoveryCodes(ctx, sqlc.DropRecoveryCodesParams{OrganizationID: is.OrganizationID, UserID: is.ID})
		if err != nil {
			return fmt.Errorf("drop the recovery codes: %w", err)
		}
		err = q.RemoveUser(ctx, sqlc.RemoveUserParams{NoTotp: []byte{}, DeletedAt: ms(now), OrganizationID: is.OrganizationID, ID: is.ID})
		if err != nil {
			return fmt.Errorf("remove the user: %w", err)
		}
		return nil
	})
}

func cancelCampaignsOf(ctx context.Context, q *sqlc.Queries, u domain.User, now time.Time) error {
	rows, err := q.CampaignsToCancel(ctx, sqlc.CampaignsToCancelParams{OrganizationID: u.OrganizationID, UserID: u.ID})
	if err != nil {
		return fmt.Errorf("list the user's campaigns: %w", err)
	}
	for _, c := range toCampaigns(rows) {
		if err := cancelNow(ctx, q, c, now); err != nil {
			return err
		}
		auditCampaign(ctx, c, domain.AuditCampaignCancel)
	}
	return nil
}

func disconnectAccountsOf(ctx context.Context, q *sqlc.Queries, u domain.User, now time.Time) error {
	rows, err := q.Accounts(ctx, sqlc.AccountsParams{OrganizationID: u.OrganizationID, OfUser: u.ID})
	if err != nil {
		return fmt.Errorf("list the user's accounts: %w", err)
	}
	for _, a := range rows {
		moved, err := moveAccount(ctx, q, u.OrganizationID, a.ID, domain.AccountDisconnected, "", now)
		if err != nil {
			return err
		}
		auditMove(ctx, u.OrganizationID, a.ID, domain.AccountDisconnected, moved)
	}
	return nil
}
