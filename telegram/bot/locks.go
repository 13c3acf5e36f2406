package bot

import "sync"

// locks are held by chat. The zero value is ready.
type locks struct {
	mu   sync.Mutex
	held map[int64]chan struct{} // closed when it is free
}

// try takes the lock of a chat, if it is free.
func (l *locks) try(chat int64) (free func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[chat] != nil {
		return nil, false
	}
	if l.held == nil {
		l.held = map[int64]chan struct{}{}
	}
	done := make(chan struct{})
	l.held[chat] = done
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.held, chat)
		close(done)
	}, true
}

// take waits for the lock of a chat.
func (l *locks) take(chat int64) (free func()) {
	for {
		if free, ok := l.try(chat); ok {
			return free
		}
		l.mu.Lock()
		done := l.held[chat]
		l.mu.Unlock()
		if done != nil {
			<-done
		}
	}
}
