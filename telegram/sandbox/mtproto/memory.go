package mtproto

// What a session remembers of its calls.
const (
	maxCalls       = 1024      // per session, the newest
	maxAnswerBytes = 512 << 10 // of answers kept, the newest; one is kept at least
	maxRunning     = 512       // calls in progress at once
)

type callState int

const (
	callRunning  callState = iota
	callSilent             // acknowledged, never to be answered
	callAnswered           // answer holds what was answered
	callLost               // executed or dropped; nothing can be said about it any more
)

// call is one call of a client. Everything but done is guarded by the mu of
// its session.
type call struct {
	id     int64
	state  callState
	failed bool          // the answer is an error
	done   chan struct{} // closed when it is no longer running
	answer []byte        // rpc_result, whole

	sent    message // the last sending of the answer, without body
	sentOn  *conn
	acked   bool // the client has the answer
	dropped bool // the client does not want the answer
}

// memory holds the calls of a session, so that none is executed twice.
type memory struct {
	byID     map[int64]*call
	order    []*call // as received
	answered []*call // with an answer, as answered
	bytes    int     // in answers
	running  int
	floor    int64 // at or below it nothing is known for certain
	newest   int64
}

func newMemory() memory { return memory{byID: map[int64]*call{}} }

// begin notes a new call.
func (m *memory) begin(id int64) *call {
	ca := &call{id: id, done: make(chan struct{})}
	m.byID[id] = ca
	m.order = append(m.order, ca)
	m.running++
	m.newest = max(m.newest, id)
	if len(m.order) > maxCalls {
		old := m.order[0]
		m.order = m.order[1:]
		delete(m.byID, old.id)
		m.forget(old)
		m.floor = max(m.floor, old.id)
	}
	return ca
}

// end takes a call out of the running ones. It is false when it has ended
// before; the first end counts.
func (m *memory) end(ca *call, state callState) bool {
	if ca.state != callRunning {
		return false
	}
	ca.state = state
	m.running--
	close(ca.done)
	return true
}

// finish keeps the answer of a call. It is false when it had one before.
func (m *memory) finish(ca *call, answer []byte, failed bool) bool {
	if !m.end(ca, callAnswered) {
		return false
	}
	ca.answer, ca.failed = answer, failed
	m.bytes += len(answer)
	m.answered = append(m.answered, ca)
	for len(m.answered) > 1 && m.bytes > maxAnswerBytes || len(m.answered) > maxCalls {
		m.forget(m.answered[0])
		m.answered = m.answered[1:]
	}
	return true
}

// forget frees the answer of a call.
func (m *memory) forget(ca *call) {
	if ca.state == callAnswered {
		ca.state = callLost
		m.bytes -= len(ca.answer)
		ca.answer = nil
	}
}

// inProgress returns the calls that have no answer yet.
func (m *memory) inProgress() []*call {
	var running []*call
	for _, ca := range m.order {
		if ca.state == callRunning {
			running = append(running, ca)
		}
	}
	return running
}

// acknowledge notes which of the server's messages the client has.
func (m *memory) acknowledge(ids []int64) {
	if len(ids) == 0 {
		return
	}
	got := make(map[int64]struct{}, len(ids))
	for _, id := range ids {
		got[id] = struct{}{}
	}
	delete(got, 0) // the id of what has not been sent
	for _, ca := range m.answered {
		if _, ok := got[ca.sent.id]; ok {
			ca.acked = true
		}
	}
}

// unacknowledged returns the answers that the client may not have got, but for
// those sent on c.
func (m *memory) unacknowledged(c *conn) []*call {
	var missing []*call
	for _, ca := range m.answered {
		if ca.state == callAnswered && !ca.acked && !ca.dropped && ca.sentOn != c {
			missing = append(missing, ca)
		}
	}
	return missing
}

// sentAs finds the answer that was sent under a msg_id of the server.
func (m *memory) sentAs(id int64) *call {
	for _, ca := range m.answered {
		if ca.state == callAnswered && ca.sent.id == id {
			return ca
		}
	}
	return nil
}

// States of msgs_state_info
// (core.telegram.org/mtproto/service_messages_about_messages).
const (
	stateUnknown     = 1
	stateNotReceived = 2
	stateTooHigh     = 3
	stateReceived    = 4
	stateProcessing  = 32
	stateAnswered    = 64
)

// status of a client's message, as msgs_state_info puts it.
func (m *memory) status(id int64) byte {
	ca := m.byID[id]
	switch {
	case ca == nil && id <= m.floor:
		return stateUnknown
	case ca == nil && id > m.newest:
		return stateTooHigh
	case ca == nil:
		return stateNotReceived
	case ca.state == callLost:
		return stateUnknown
	case ca.state == callAnswered:
		return stateReceived | stateProcessing | stateAnswered
	default:
		return stateReceived | stateProcessing
	}
}
