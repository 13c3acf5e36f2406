//go:build race

package jobs_test

// underRace: everything takes ten times as long.
const underRace = true
