package main

import (
	"encoding/json"

	"postix/domain/filter"
)

type filterSettingsCommand struct{}

// Run prints the default settings.
func (filterSettingsCommand) Run(s *surroundings) error {
	e := json.NewEncoder(s.out)
	e.SetIndent("", "  ")
	return e.Encode(filter.DefaultSettings())
}

type filterKeywordsCommand struct{}

// Run prints the built-in lists.
func (filterKeywordsCommand) Run(s *surroundings) error {
	_, err := s.out.Write(filter.DefaultKeywords().JSON())
	return err
}
