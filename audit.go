package main

import (
	"errors"
	"fmt"

	"postix/db"
)

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Check that nobody has changed what was kept of who did what."`
}

type auditVerifyCommand struct{}

// Help implements kong.HelpProvider.
func (auditVerifyCommand) Help() string {
	return "Each entry carries the one before it under a key that postix.key seals. An entry that was changed, removed or put between is named, " +
		"with exit code 1. Note the number of entries now and then: it only grows."
}

// Run goes through the audit of the database in POSTIX_DATA, also beside a
// running postix.
func (auditVerifyCommand) Run(s *surroundings) error {
	return s.withExisting(func(store *db.Store, _ settings) error {
		n, err := store.VerifyAudit(s.ctx)
		var broken *db.AuditBroken
		if errors.As(err, &broken) {
			return broken
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "The audit is whole: %d entries.\n", n)
		return err
	})
}
