package bot

import (
	"slices"

	"postix/domain"
)

// action is what a button does. Its data is the name and the numbers behind it.
type action struct {
	name string
	args []Arg
	do   func(t *turn, args []int64) error
}

// Arg is what a number in a button stands for. Ids are wishes of who presses: a
// handler looks each up inside his scope.
type Arg string

// What a number may stand for.
const (
	ArgCampaign Arg = "campaign"
	ArgDelivery Arg = "delivery"
	ArgCatalog  Arg = "catalog"
	ArgAccount  Arg = "account"
	ArgPeer     Arg = "peer"
	ArgUser     Arg = "user"
	ArgOrder    Arg = "order" // the key of what is being put together
	ArgNumber   Arg = "number"
)

// command is what a message that begins with a slash does; rest is what stands
// behind it. Those with a listed name stand in Telegram's own menu.
type command struct {
	name   string
	listed bool
	do     func(t *turn, rest string) error
}

// step is what the bot waits for a text for. Numbers may be awaited that look like a
// code to nobody.
type step struct {
	name string
	do   func(t *turn, text string) error
}

// actions are all buttons that there are.
func actions() []action {
	return slices.Concat(menuActions, sendActions, historyActions, catalogsActions, numbersActions, guideActions, noticesActions)
}

// commands are all commands.
func commands() []command {
	return slices.Concat(sendCommands, historyCommands, catalogsCommands, numbersCommands, noticesCommands, guideCommands, menuCommands)
}

// steps are all texts that may be awaited.
func steps() []step {
	return slices.Concat(sendSteps, historySteps, catalogsSteps, numbersSteps, guideSteps, noticesSteps)
}

// Action is a button as tests of rights see it.
type Action struct {
	Name string
	Args []Arg
}

// Actions lists all buttons with what their numbers stand for.
func Actions() []Action {
	var as []Action
	for _, a := range actions() {
		as = append(as, Action{a.name, a.args})
	}
	return as
}

// press does what a button says; one that nothing is known of is from an older
// version, or was never ours.
func (t *turn) press() error {
	defer t.done()
	name, args, ok := numbers(t.in.Data)
	for _, a := range actions() {
		if ok && a.name == name && len(a.args) == len(args) {
			return t.gone(a.do(t, args))
		}
	}
	return t.alert(t.T("bot.old_button"))
}

// gone answers a press for what is not there, or not there for him, in one way.
func (t *turn) gone(err error) error {
	if domain.IsCode(err, domain.NotFound) {
		return t.alert(t.T("bot.gone"))
	}
	return err
}
