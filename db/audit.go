package db

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"postix/db/sqlc"
	"postix/domain"
)

// Keys of the settings table.
const (
	settingAuditKey  = "audit_key"  // 32 bytes, sealed
	settingAuditHead = "audit_head" // proves which entry was the last
)

const purposeAudit = "audit key"

type trailKey struct{}

// trail collects what a write has to keep.
type trail struct{ entries []domain.AuditEntry }

// audit keeps an entry of what the write does, in its transaction.
func audit(ctx context.Context, e domain.AuditEntry) {
	if t, ok := ctx.Value(trailKey{}).(*trail); ok {
		t.entries = append(t.entries, e)
	}
}

// changes are what differs after an edit, as the audit keeps it: "what was → is".
type changes []string

func (c *changes) note(what string, was, is any) {
	if was != is {
		*c = append(*c, fmt.Sprintf("%s %v → %v", what, was, is))
	}
}

// audited runs do and appends to the audit what it wanted kept.
func (s *Store) audited(do func(context.Context, *sqlc.Queries) error) func(context.Context, *sqlc.Queries) error {
	return func(ctx context.Context, q *sqlc.Queries) error {
		var t trail
		if err := do(context.WithValue(ctx, trailKey{}, &t), q); err != nil || len(t.entries) == 0 {
			return err
		}
		if err := s.keep(ctx, q, t.entries); err != nil {
			return fmt.Errorf("write the audit: %w", err)
		}
		return nil
	}
}

// keep appends to the chain. The key is read each time: it is rarely needed, and
// the key file may have changed. An entry follows the head that is stored, not the
// last row: where the end of the chain was cut off, that shows for ever.
func (s *Store) keep(ctx context.Context, q *sqlc.Queries, entries []domain.AuditEntry) error {
	key, begins, err := s.auditKey(ctx, q)
	if err != nil {
		return err
	}
	last, err := q.LastAudit(ctx)
	if err := ignoreMissing(err); err != nil {
		return err
	}
	head, err := q.Setting(ctx, settingAuditHead)
	if err := ignoreMissing(err); err != nil {
		return err
	}
	if head == nil && !begins {
		head = []byte("lost") // no entry has it before it: that shows, too
	}
	user, ip := domain.WhoActs(ctx)
	for _, e := range entries {
		if e.OrganizationID == 0 { // it concerns the service
			o, err := q.ServiceOrganization(ctx)
			if err != nil {
				return err
			}
			e.OrganizationID = o.ID
		}
		row := sqlc.Audit{
			ID: last.ID + 1, OrganizationID: e.OrganizationID, At: ms(s.now()), UserID: user, Ip: ip, Event: string(e.Event),
			Subject: string(e.Subject), SubjectID: e.SubjectID, Detail: e.Detail,
		}
		if e.UserID != 0 {
			row.UserID = e.UserID
		}
		if e.IP != "" {
			row.Ip = e.IP
		}
		row.Mac = auditMAC(key, head, row)
		if err := q.InsertAudit(ctx, sqlc.InsertAuditParams(row)); err != nil {
			return err
		}
		last, head = row, auditHead(key, row)
	}
	return q.PutSetting(ctx, sqlc.PutSettingParams{Key: settingAuditHead, Value: head})
}

// auditKey makes the key with the first entry: then the audit begins.
func (s *Store) auditKey(ctx context.Context, q *sqlc.Queries) (key []byte, begins bool, err error) {
	sealed, err := q.Setting(ctx, settingAuditKey)
	if err == nil {
		key, err = s.sealer.open(purposeAudit, 0, 0, sealed)
		return key, false, err
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, false, err
	}
	key = random(sha256.Size)
	return key, true, q.PutSetting(ctx, sqlc.PutSettingParams{Key: settingAuditKey, Value: s.sealer.seal(purposeAudit, 0, 0, key)})
}

// auditMAC is over the head before and all fields, each with its length.
func auditMAC(key, before []byte, r sqlc.Audit) []byte {
	h := hmac.New(sha256.New, key)
	field := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	field(before)
	for _, n := range []int64{r.ID, r.OrganizationID, r.At, r.UserID, r.SubjectID} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
	}
	for _, s := range []string{r.Ip, r.Event, r.Subject, r.Detail} {
		field([]byte(s))
	}
	return h.Sum(nil)
}

// auditHead proves that an entry was the last; before the first there is none.
func auditHead(key []byte, last sqlc.Audit) []byte {
	if last.ID == 0 {
		return nil
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte("head"))
	h.Write(last.Mac)
	return h.Sum(nil)
}

// AuditBroken is the first place where the audit does not hold.
type AuditBroken struct {
	ID  int64 // of the entry, 0 for none
	Why string
}

// Error implements error.
func (e *AuditBroken) Error() string {
	if e.ID == 0 {
		return "the audit was changed: " + e.Why
	}
	return fmt.Sprintf("the audit was changed at entry %d: %s", e.ID, e.Why)
}

// auditAtOnce is how many entries verifying holds in memory.
const auditAtOnce = 1000

// VerifyAudit goes through the whole audit and answers how many entries it has.
// The error is an [*AuditBroken] where it was changed by other hands.
func (s *Store) VerifyAudit(ctx context.Context) (n int64, err error) {
	err = s.snapshot(ctx, func(q *sqlc.Queries) error {
		n, err = s.verify(ctx, q)
		return err
	})
	return n, refuse("verify the audit", err)
}

func (s *Store) verify(ctx context.Context, q *sqlc.Queries) (n int64, err error) {
	sealed, err := q.Setting(ctx, settingAuditKey)
	if err := ignoreMissing(err); err != nil {
		return 0, err
	}
	var key []byte
	if len(sealed) > 0 {
		if key, err = s.sealer.open(purposeAudit, 0, 0, sealed); err != nil {
			return 0, &AuditBroken{Why: "its key was replaced or damaged"}
		}
	}
	var last sqlc.Audit
	for more := true; more; {
		rows, err := q.AuditAfter(ctx, sqlc.AuditAfterParams{After: last.ID, Most: auditAtOnce})
		if err != nil {
			return n, err
		}
		for _, r := range rows {
			if why := follows(key, last, r); why != "" {
				return n, &AuditBroken{last.ID + 1, why}
			}
			last, n = r, n+1
		}
		more = len(rows) == auditAtOnce
	}
	head, err := q.Setting(ctx, settingAuditHead)
	if err := ignoreMissing(err); err != nil {
		return n, err
	}
	if key == nil && head == nil && n == 0 {
		return 0, nil // nothing was ever written
	}
	if !hmac.Equal(head, auditHead(key, last)) {
		return n, &AuditBroken{Why: fmt.Sprintf("entry %d is not the last that was written", last.ID)}
	}
	return n, nil
}

// follows says why an entry is not the one that was written after before.
func follows(key []byte, before, r sqlc.Audit) string {
	switch {
	case r.ID != before.ID+1:
		return "it is missing"
	case !hmac.Equal(r.Mac, auditMAC(key, auditHead(key, before), r)):
		return "it was changed"
	}
	return ""
}

// Keep implements [domain.AuditStore].
func (s *Store) Keep(ctx context.Context, e domain.AuditEntry) error {
	return s.write(ctx, "write the audit", func(ctx context.Context, _ *sqlc.Queries) error {
		audit(ctx, e)
		return nil
	})
}
