//go:build js

package browser

import (
	"errors"
	"syscall/js"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// module is the LoaderModule object. Its functions live as long as the page.
func module(m *machine, page *loader.Page) js.Value {
	return js.ValueOf(map[string]any{
		"open": js.FuncOf(func(_ js.Value, args []js.Value) any {
			defer m.guard()
			return open(m, page, args[0], args[1])
		}),
		"forgetPeerIds": m.command(page.ForgetPeerIDs),
		// What is posted in a callback has run when that returns to JavaScript, as
		// has all that it sets going: Go gives the thread back when it is idle.
		"rest":      m.command(page.Rest),
		"wake":      m.command(page.Wake),
		"reconnect": m.command(page.Reconnect),
	})
}

// session is a LoaderSession object and the loader behind it.
type session struct {
	machine *machine
	host    js.Value
	loader  *loader.Loader
	methods []js.Func
}

func open(m *machine, page *loader.Page, host, settings js.Value) js.Value {
	read, err := readSettings(settings)
	if err != nil {
		host.Call("log", "p2pml-core:session", "settings cannot be read: "+err.Error())
		return js.Null()
	}
	s := &session{machine: m, host: host}
	adapters := loader.Host{
		Fetcher:   fetcher{m, host},
		Validator: validator{m, host},
		Digests:   digests{m, host},
		Emit:      (&teller{host: host, ids: map[wire.PeerID]js.Value{}}).emit,
	}
	if js.Global().Get("RTCPeerConnection").Truthy() {
		adapters.Connector = connector{m, host}
	}
	if own := host.Get("storage"); own.Truthy() {
		adapters.Storage = newPageStorage(m, own)
	}
	s.loader = page.Open(adapters, read)
	return s.object()
}

// object makes the methods. Each converts its arguments and posts.
func (s *session) object() js.Value {
	object := fields()
	method := func(name string, convert func(args []js.Value) func()) {
		f := s.machine.callback(func(args []js.Value) { s.machine.post(convert(args)) })
		s.methods = append(s.methods, f)
		object.Set(name, f)
	}
	l := s.loader
	method("configure", func(args []js.Value) func() {
		settings, err := readSettings(args[0])
		return func() {
			if err != nil {
				s.log(err)
				return
			}
			l.Configure(settings)
		}
	})
	method("setManifestUrl", func(args []js.Value) func() {
		url := args[0].String()
		return func() { l.SetManifestURL(url) }
	})
	method("setLive", func(args []js.Value) func() {
		live := args[0].Truthy()
		return func() { l.SetLive(live) }
	})
	method("setActiveLevelBitrate", func(args []js.Value) func() {
		bitrate := toNumber(args[0])
		return func() { l.SetActiveLevelBitrate(bitrate) }
	})
	method("updatePlayback", func(args []js.Value) func() {
		position, rate := toNumber(args[0]), toNumber(args[1])
		return func() { l.UpdatePlayback(position, rate) }
	})
	method("addStream", func(args []js.Value) func() {
		stream := hls.Stream{RuntimeID: args[0].String(), Type: hls.StreamType(args[1].String()), Index: index(args[2])}
		return func() { l.AddStream(stream) }
	})
	method("updateStream", func(args []js.Value) func() {
		id, add, remove := args[0].String(), readSegments(args[1]), readStrings(args[2])
		return func() { l.UpdateStream(id, add, remove) }
	})
	method("load", func(args []js.Value) func() {
		request, id := args[0], args[1].String()
		return func() { s.load(request, id) }
	})
	method("abort", func(args []js.Value) func() {
		id := args[0].String()
		return func() { l.Abort(id) }
	})
	method("seed", func(args []js.Value) func() {
		id, bytes := args[0].String(), received(args[1])
		return func() { s.logAny(l.Seed(id, bytes)) }
	})
	method("served", func(args []js.Value) func() {
		id := args[0].String()
		return func() { s.logAny(l.Served(id)) }
	})
	method("learn", func(args []js.Value) func() {
		kind, took := hls.StreamType(args[0].String()), toNumber(args[1])
		return func() { l.Learn(kind, took) }
	})
	method("unanswered", func(args []js.Value) func() {
		kind, server, err := hls.StreamType(args[0].String()), args[1].String(), errors.New(args[2].String())
		return func() { l.Unanswered(kind, server, err) }
	})
	method("answered", func(args []js.Value) func() {
		server := args[0].String()
		return func() { l.Answered(server) }
	})
	method("storageChanged", func(args []js.Value) func() {
		id := args[0].String()
		return func() { l.StorageChanged(id) }
	})
	method("close", func([]js.Value) func() {
		return func() {
			l.Close()
			release(s.methods...)
			s.methods = nil
		}
	})
	return object
}

func (s *session) load(request js.Value, id string) {
	err := s.loader.Load(id, func(r loader.Result, err error) {
		switch {
		case err == nil:
			s.host.Call("resolve", append([]any{request, r.Bandwidth}, r.Bytes.(rope).values()...)...)
		case errors.Is(err, loader.ErrAborted):
			s.host.Call("reject", request, "aborted")
		default:
			s.host.Call("reject", request, "failed")
		}
	})
	if err != nil {
		s.log(err)
		s.host.Call("reject", request, "failed")
	}
}

// logAny is for segments that may have left the playlist in the meantime.
func (s *session) logAny(err error) {
	if err != nil {
		s.log(err)
	}
}

func (s *session) log(err error) { s.host.Call("log", "p2pml-core:session", err.Error()) }

// index reads a stream's index: a string from engines of 2.3, a number from
// those of 2.2.
func index(v js.Value) hls.Index {
	return hls.Index{Text: js.Global().Call("String", v).String(), Numeric: v.Type() == js.TypeNumber}
}

func readSegments(list js.Value) []hls.Segment {
	segments := make([]hls.Segment, list.Length())
	for i := range segments {
		v := list.Index(i)
		segments[i] = hls.Segment{
			RuntimeID:  v.Get("runtimeId").String(),
			ExternalID: number(v.Get("externalId")),
			URL:        v.Get("url").String(),
			Start:      toNumber(v.Get("startTime")),
			End:        toNumber(v.Get("endTime")),
		}
		if r := v.Get("byteRange"); r.Truthy() {
			segments[i].ByteRange = &hls.ByteRange{Start: number(r.Get("start")), End: number(r.Get("end"))}
		}
	}
	return segments
}

func readStrings(list js.Value) []string {
	strings := make([]string, list.Length())
	for i := range strings {
		strings[i] = list.Index(i).String()
	}
	return strings
}
