package db

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"postix/db/sqlc"
	"postix/domain"
)

// Resealed is what came of going through all that is sealed.
type Resealed struct {
	Renewed int // now sealed with the first key
	Broken  int // no key opens it: left as it is
}

// sealedValue is one value with how it is replaced, if it still is what it was.
type sealedValue struct {
	purpose      string
	organization int64
	owner        int64
	sealed       []byte
	put          func(ctx context.Context, q *sqlc.Queries, sealed []byte) (int64, error)
}

// Reseal seals everything with the first key that another key has sealed. Another
// process may work meanwhile: what it seals it seals with the first key. Once it
// renews nothing more, the other keys are not needed.
func (s *Store) Reseal(ctx context.Context) (Resealed, error) {
	var r Resealed
	if err := s.sealer.renew(); err != nil {
		return r, err
	}
	// Sealing is a part of its transaction: whoever has sealed with an older key is
	// through once it is our turn to write.
	err := s.write(ctx, "wait for what is being sealed", func(context.Context, *sqlc.Queries) error { return nil })
	if err != nil {
		return r, err
	}
	values, err := s.sealedValues(ctx)
	if err != nil {
		return r, refuse("read what is sealed", err)
	}
	for _, v := range values {
		plain, key, err := s.sealer.openWith(v.purpose, v.organization, v.owner, v.sealed)
		switch {
		case errors.Is(err, errSealed):
			r.Broken++
			continue
		case key == 0:
			continue
		}
		err = s.write(ctx, "seal with the new key", func(ctx context.Context, q *sqlc.Queries) error {
			n, err := v.put(ctx, q, s.sealer.seal(v.purpose, v.organization, v.owner, plain))
			r.Renewed += int(n)
			return err
		})
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

func (s *Store) sealedValues(ctx context.Context) ([]sealedValue, error) {
	var out []sealedValue
	sessions, err := s.read.SealedSessions(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range sessions {
		out = append(out, sealedValue{
			purpose: purposeSession, organization: r.OrganizationID, owner: r.AccountID, sealed: r.Sealed,
			put: func(ctx context.Context, q *sqlc.Queries, sealed []byte) (int64, error) {
				return q.ResealSession(ctx, sqlc.ResealSessionParams{Sealed: sealed, AccountID: r.AccountID, OrganizationID: r.OrganizationID, Was: r.Sealed})
			},
		})
	}
	users, err := s.read.SealedTOTPs(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range users {
		out = append(out, sealedValue{
			purpose: purposeTOTP, organization: r.OrganizationID, owner: r.ID, sealed: r.Totp,
			put: func(ctx context.Context, q *sqlc.Queries, sealed []byte) (int64, error) {
				return q.ResealTOTP(ctx, sqlc.ResealTOTPParams{Totp: sealed, ID: r.ID, OrganizationID: r.OrganizationID, Was: r.Totp})
			},
		})
	}
	for key, purpose := range map[string]string{settingKeyCheck: keyCheck, settingAuditKey: purposeAudit} {
		value, err := s.read.Setting(ctx, key)
		if err := ignoreMissing(err); err != nil {
			return nil, err
		}
		if value == nil {
			continue
		}
		out = append(out, sealedValue{
			purpose: purpose, sealed: value,
			put: func(ctx context.Context, q *sqlc.Queries, sealed []byte) (int64, error) {
				is, err := q.Setting(ctx, key)
				if err != nil || !bytes.Equal(is, value) {
					return 0, err
				}
				return 1, q.PutSetting(ctx, sqlc.PutSettingParams{Key: key, Value: sealed})
			},
		})
	}
	return out, nil
}

// KeyRotated keeps in the audit that a key was exchanged.
func (s *Store) KeyRotated(ctx context.Context, r Resealed) error {
	return s.Keep(ctx, domain.AuditEntry{Event: domain.AuditKeyRotate, Detail: fmt.Sprint(r.Renewed)})
}
