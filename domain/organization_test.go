package domain_test

import (
	"testing"

	"postix/domain"
)

func TestKnownZone(t *testing.T) {
	for name, want := range map[string]bool{
		"Asia/Tashkent": true, "America/Argentina/Salta": true, "UTC": true,
		"": false, "Local": false, "posixrules": false, "Uzbekistan": false, "posix/Asia/Tashkent": false, "right/UTC": false, "Asia/Nowhere": false, "../zone": false,
	} {
		if got := domain.KnownZone(name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}
