package domain_test

import (
	"testing"
	"time"

	"postix/domain"
)

func TestDenies(t *testing.T) {
	for code, want := range map[string]bool{
		"USER_IS_BLOCKED": true, "YOU_BLOCKED_USER": true,
		"USER_PRIVACY_RESTRICTED": false, "INPUT_USER_DEACTIVATED": false, "CHAT_WRITE_FORBIDDEN": false, domain.CodeDenied: false, "": false,
	} {
		if domain.Denies(code) != want {
			t.Errorf("%q denies: %v", code, !want)
		}
	}
}

// A plan counts who is on the deny list once, says so, and takes no time for
// him.
func TestPlanLeavesTheDeniedOut(t *testing.T) {
	pace := domain.Pace{GapMin: time.Minute, GapMax: time.Minute}
	target := func(denied bool, fails int) domain.Target {
		return domain.Target{Known: true, CanWrite: true, SlowMode: 2 * time.Hour, Denied: denied, Fails: fails}
	}
	d := domain.Draft{Rounds: 2, Interval: time.Hour}
	ts := []domain.Target{target(false, 0), target(true, 0), target(true, domain.SkipAfter), target(false, 0)}
	pl := domain.NewPlan(d, ts, domain.Account{State: domain.AccountActive}, domain.Organization{Pace: pace, Days: domain.AllDays}, domain.LimitUse{}, noon)
	if pl.Sendable != 2 || pl.Peers != 4 || pl.Messages != 8 || pl.Round != time.Minute {
		t.Errorf("planned %+v", pl)
	}
	counts := map[string]any{}
	for _, w := range pl.Warnings {
		counts[w.Key] = w.Args["Count"]
	}
	if len(counts) != 2 || counts["deny_list"] != 2 || counts["slow_mode"] != 2 {
		t.Errorf("warned of %v", counts)
	}
}
