package stage

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
)

// A proxy stands between the program and the NATS server, and reads the protocol of both
// sides: one line for each operation, and a payload behind PUB, HPUB, MSG and HMSG. So it
// knows which event comes, is published or acked before the other side does. An ack is a
// publish to the address that came with the message.
type proxy struct {
	stage    *Stage
	listener net.Listener
	server   string

	mu         sync.Mutex
	conns      map[net.Conn]bool
	deliveries map[string]delivery // by the address to which they are acked
}

// A delivery is an event that was delivered to the program.
type delivery struct {
	order, kind string
	n           int
}

func (st *Stage) openProxy(server string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{
		stage: st, listener: l, server: strings.TrimPrefix(server, "nats://"),
		conns: map[net.Conn]bool{}, deliveries: map[string]delivery{},
	}
	go p.accept()
	return p, nil
}

func (p *proxy) url() string { return "nats://" + p.listener.Addr().String() }

func (p *proxy) close() error {
	err := p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
	return err
}

func (p *proxy) accept() {
	for {
		program, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			program.Close()
			continue
		}
		p.mu.Lock()
		p.conns[program], p.conns[server] = true, true
		p.mu.Unlock()
		go p.pass(program, server, p.sent)
		go p.pass(server, program, p.came)
	}
}

// pass passes on what one side sends to the other, until one of them ends. What was
// passed on before a death still arrives: the connection is ended, and not reset.
func (p *proxy) pass(from, to net.Conn, see func(*frame, net.Conn) error) {
	defer to.(*net.TCPConn).CloseWrite()
	r := bufio.NewReaderSize(from, 1<<16)
	for {
		f, err := readFrame(r)
		if err == nil {
			err = see(f, to)
		}
		if err != nil {
			io.Copy(io.Discard, r) // or the other end's last words would reset it
			return
		}
	}
}

// errDied ends a connection whose program was killed.
var errDied = errors.New("the program was killed")

// sent sees what the program sends.
func (p *proxy) sent(f *frame, to net.Conn) error {
	point, note := p.read(f)
	if note == "" {
		return f.write(to)
	}
	hit := Pass
	if point.Where != "" {
		point = p.stage.journal.count(point)
		hit = p.stage.at(point)
	}
	if hit == KillBefore {
		p.stage.kill(fmt.Sprintf("before the %s of %s", point.Where, point.Name), point.Order)
		return errDied
	}
	switch {
	case hit == Drop:
		p.stage.journal.note(fact{what: dropped, order: point.Order, name: point.Name, n: point.N})
		return nil
	case point.Where == Look && hit == Fail:
		f.readdress(nowhere)
		note = lookFailed
	case point.Where == Write && hit == Fail:
		f.readdress(nowhere)
		note = writeFailed
	}
	p.stage.journal.note(fact{what: note, order: point.Order, name: point.Name, n: point.N})
	err := f.write(to)
	if hit == KillAfter {
		p.stage.kill(fmt.Sprintf("after the %s of %s", point.Where, point.Name), point.Order)
		return errDied
	}
	return err
}

// read returns what a publish is: an event, an ack, an entry in a bucket or a look at one.
func (p *proxy) read(f *frame) (point Point, note what) {
	if f.op != "PUB" && f.op != "HPUB" {
		return point, ""
	}
	if d, ok := p.delivered(f.subject); ok {
		point = Point{Order: d.order, Name: d.kind}
		switch text := string(f.payload()); {
		case text == "" || strings.HasPrefix(text, "+ACK"), strings.HasPrefix(text, "+TERM"):
			point.Where, note = Ack, acked
		case strings.HasPrefix(text, "-NAK"):
			note = nacked
		}
		return point, note
	}
	if kind, order, ok := p.stage.event(f.subject); ok {
		return Point{Where: Publish, Order: order, Name: kind}, published
	}
	if entry, ok := strings.CutPrefix(f.subject, "$KV."); ok {
		_, key, _ := strings.Cut(entry, ".")
		return Point{Where: Write, Order: p.stage.named(key), Name: key}, noted
	}
	if bucket, ok := strings.CutPrefix(f.subject, "$JS.API.DIRECT.GET.KV_"); ok {
		_, entry, _ := strings.Cut(bucket, ".$KV.")
		_, key, _ := strings.Cut(entry, ".")
		return Point{Where: Look, Order: p.stage.named(key), Name: key}, looked
	}
	return point, ""
}

func (p *proxy) delivered(ack string) (delivery, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, ok := p.deliveries[ack]
	return d, ok
}

// came sees what comes to the program.
func (p *proxy) came(f *frame, to net.Conn) error {
	kind, order, ok := p.stage.event(f.subject)
	times, isDelivery := deliveryOf(f.reply)
	if f.op != "MSG" && f.op != "HMSG" || !ok || !isDelivery {
		return f.write(to)
	}
	point := p.stage.journal.count(Point{Where: Delivery, Order: order, Name: kind})
	if p.stage.at(point) == Drop {
		p.stage.journal.note(fact{what: dropped, order: order, name: kind, n: times})
		return nil
	}
	p.mu.Lock()
	p.deliveries[f.reply] = delivery{order, kind, times}
	p.mu.Unlock()
	p.stage.journal.note(fact{what: received, order: order, name: kind, n: times})
	return f.write(to)
}

// deliveryOf reads the address to which a message is acked, which has in it how often
// that was delivered: $JS.ACK.<stream>.<consumer>.<deliveries>… or the same with a domain
// and an account before the stream.
func deliveryOf(reply string) (n int, ok bool) {
	parts := strings.Split(reply, ".")
	if len(parts) < 9 || parts[0] != "$JS" || parts[1] != "ACK" {
		return 0, false
	}
	at := 4
	if len(parts) >= 11 {
		at += 2
	}
	n, err := strconv.Atoi(parts[at])
	return n, err == nil
}

// A frame is one operation of the protocol, as it came.
type frame struct {
	op, subject, reply string
	line, body         []byte
	header             int // bytes of the body before the payload
}

func (f *frame) write(to io.Writer) error {
	_, err := to.Write(append(f.line, f.body...))
	return err
}

// nowhere is a subject that no one subscribes to: the server itself answers that.
const nowhere = "$JS.API.DIRECT.GET.nowhere"

// readdress has a publish go to another subject.
func (f *frame) readdress(subject string) {
	f.line = bytes.Replace(f.line, []byte(" "+f.subject+" "), []byte(" "+subject+" "), 1)
	f.subject = subject
}

func (f *frame) payload() []byte {
	return bytes.TrimSuffix(f.body[min(f.header, len(f.body)):], []byte("\r\n"))
}

// maxFrame bounds what one operation may be.
const maxFrame = 1 << 23

func readFrame(r *bufio.Reader) (*frame, error) {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	f := &frame{line: line}
	words := strings.Fields(string(line))
	if len(words) == 0 {
		return f, nil
	}
	f.op = strings.ToUpper(words[0])
	// Fixed words at the front and sizes at the end; the reply between is optional.
	front, sizes := 0, 0
	switch f.op {
	case "PUB":
		front, sizes = 2, 1
	case "HPUB":
		front, sizes = 2, 2
	case "MSG":
		front, sizes = 3, 1
	case "HMSG":
		front, sizes = 3, 2
	default:
		return f, nil
	}
	if len(words) < front+sizes {
		return nil, fmt.Errorf("%q is no operation", line)
	}
	f.subject = words[1]
	if len(words) > front+sizes {
		f.reply = words[front]
	}
	size, err := strconv.Atoi(words[len(words)-1])
	if err == nil && sizes == 2 {
		f.header, err = strconv.Atoi(words[len(words)-2])
	}
	if err != nil || size < 0 || size > maxFrame {
		return nil, fmt.Errorf("%q is no operation", line)
	}
	f.body = make([]byte, size+2)
	_, err = io.ReadFull(r, f.body)
	return f, err
}
