//go:build js

package browser

import (
	"errors"
	"syscall/js"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/storage"
)

// errNotStored is all that the page's storage says: JavaScript reports why.
var errNotStored = errors.New("the page's storage has not taken it")

// pageStorage implements loader.Storage with the page's own.
type pageStorage struct {
	machine *machine
	host    js.Value                // a HostStorage
	names   map[storage.Swarm][]any // in JavaScript's memory, so that they are not copied there each time
}

func newPageStorage(m *machine, host js.Value) *pageStorage {
	return &pageStorage{machine: m, host: host, names: map[storage.Swarm][]any{}}
}

// call calls a method with the swarm's names and what follows them.
func (s *pageStorage) call(method string, swarm storage.Swarm, more ...any) js.Value {
	names := s.names[swarm]
	if names == nil {
		names = []any{js.ValueOf(swarm.Name), js.ValueOf(swarm.Stream)}
		s.names[swarm] = names
	}
	return s.host.Call(method, append(names[:len(names):len(names)], more...)...)
}

// Has implements loader.Storage.
func (s *pageStorage) Has(key storage.Key) bool { return s.call("has", key.Swarm, key.ID).Truthy() }

// IDs implements loader.Storage.
func (s *pageStorage) IDs(swarm storage.Swarm) []int64 {
	list := s.call("ids", swarm)
	ids := make([]int64, list.Length())
	for i := range ids {
		ids[i] = number(list.Index(i))
	}
	return ids
}

// Free implements loader.Storage. The page's storage knows the position itself.
func (s *pageStorage) Free(float64) float64 { return s.host.Call("free").Float() }

// Get implements loader.Storage.
func (s *pageStorage) Get(key storage.Key, done func(bytes payload.Bytes)) {
	s.call("read", key.Swarm, key.ID, s.machine.once(func(args []js.Value) func() {
		if !args[0].Truthy() {
			return func() { done(nil) }
		}
		bytes := received(args[0])
		return func() { done(bytes) }
	}))
}

// Put implements loader.Storage. The page gets the segment after all that is
// happening now, such as that the player gets it.
func (s *pageStorage) Put(key storage.Key, item storage.Item, head storage.Playhead, done func(err error)) {
	s.machine.post(func() {
		s.call("store", key.Swarm, key.ID, view(item.Bytes), item.Start, item.End, string(item.Type), head.Live,
			s.machine.once(func(args []js.Value) func() {
				if args[0].Truthy() {
					return func() { done(nil) }
				}
				return func() { done(errNotStored) }
			}))
	})
}
