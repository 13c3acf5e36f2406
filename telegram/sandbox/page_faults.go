package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"

	"postix/telegram/sandbox/world"
)

// preset is a fault that a button of the page adds.
type preset struct {
	Label string // English, then Uzbek
	Also  string
	Fault world.Fault
}

// Body is the rule as the control API takes it.
func (p preset) Body() (string, error) {
	b, err := json.Marshal(p.Fault)
	return string(b), err
}

type presetGroup struct {
	Title   string
	Presets []preset
}

func refused(method, name string) world.Fault {
	return world.Fault{Method: method, Mode: world.FaultBefore, Error: name}
}

const sendMethod = "messages.sendMessage"

var presets = []presetGroup{
	{"Sending · Yuborish", []preset{
		{"Flood wait 30 s", "Cheklov", refused(sendMethod, "FLOOD_WAIT_30")},
		{"Slow mode 60 s", "Sekin rejim", refused(sendMethod, "SLOWMODE_WAIT_60")},
		{"Not allowed to write", "Yozish taqiqlangan", refused(sendMethod, "CHAT_WRITE_FORBIDDEN")},
		{"Spam limit", "Akkaunt cheklandi", refused(sendMethod, "PEER_FLOOD")},
		{"Unknown error", "Nomaʼlum xato", refused(sendMethod, "SOMETHING_NEW")},
		{"Stored, then 500", "Yozildi, 500", world.Fault{Method: sendMethod, Mode: world.FaultAfterStore, Error: "RPC_CALL_FAIL"}},
		{"Stored, no answer", "Yozildi, javobsiz", world.Fault{Method: sendMethod, Mode: world.FaultAfterStore}},
		{"Drop the line", "Aloqa uzildi", world.Fault{Method: sendMethod, Mode: world.FaultDrop}},
		{"Drop after ack", "Tasdiqdan keyin", world.Fault{Method: sendMethod, Mode: world.FaultDropAfterAck}},
		{"Hold", "Ushlab turish", world.Fault{Method: sendMethod, Mode: world.FaultHold}},
		{"Delay 5 s", "5 s kechikish", world.Fault{Method: sendMethod, Mode: world.FaultDelay, DelayMS: 5000}},
	}},
	{"Sign-in · Kirish", []preset{
		{"Flood wait 5 min", "Cheklov", refused("auth.sendCode", "FLOOD_WAIT_300")},
		{"Code expired", "Kod eskirdi", refused("auth.signIn", "PHONE_CODE_EXPIRED")},
		{"Restart", "Qaytadan", refused("auth.sendCode", "AUTH_RESTART")},
	}},
	{"Bot", []preset{
		{"429, 10 s", "Cheklov", refused("bot.sendMessage", "FLOOD_WAIT_10")},
		{"502", "Server xatosi", world.Fault{Method: "bot.sendMessage", Mode: world.FaultBefore, Error: "BAD_GATEWAY", Code: 502}},
		{"Half an answer", "Yarim javob", refused("bot.sendMessage", "MALFORMED")},
		{"Blocked by the user", "Bloklangan", refused("bot.sendMessage", "USER_IS_BLOCKED")},
	}},
}

// faultWords says what a rule does.
func faultWords(f world.Fault) string {
	var b strings.Builder
	b.WriteString(string(f.Mode))
	if f.Error != "" {
		b.WriteString(" " + f.Error)
	}
	if f.DelayMS > 0 {
		fmt.Fprintf(&b, " %d ms", f.DelayMS)
	}
	return b.String()
}

// faultLeft says how often a rule will fire yet.
func faultLeft(f world.Fault) string {
	switch {
	case f.Held > 0:
		return fmt.Sprintf("holds %d", f.Held)
	case f.Times < 0:
		return fmt.Sprintf("always, %d so far", f.Fired)
	}
	return fmt.Sprintf("%d of %d", f.Fired, f.Times)
}
