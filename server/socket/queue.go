package socket

import "sync"

// queueLimit is how many bytes may wait for one client, and queueOverhead what
// a message costs beside its bytes. A few hundred offers fit.
const (
	queueLimit    = 1 << 20
	queueOverhead = 64
)

// queue holds the messages that wait for one client. Any number of goroutines
// push, one takes.
type queue struct {
	filled chan struct{} // has a value when there is something to take

	mu       sync.Mutex
	messages [][]byte
	bytes    int
}

func newQueue() queue { return queue{filled: make(chan struct{}, 1)} }

// push adds a message; it reports false when the queue is full.
func (q *queue) push(message []byte) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	size := len(message) + queueOverhead
	if q.bytes+size > queueLimit {
		return false
	}
	q.bytes += size
	q.messages = append(q.messages, message)
	select {
	case q.filled <- struct{}{}:
	default:
	}
	return true
}

// take empties the queue.
func (q *queue) take() [][]byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	messages := q.messages
	q.messages, q.bytes = nil, 0
	return messages
}
