using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Live;
using ControlChat.Core.Sessions.Terminals.Live.Links;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>A terminal whose worker is another process: between the two is only the bus.</summary>
public sealed class RemoteTerminalTests : IAsyncDisposable
{
    private readonly TempFolder _temp = new();
    private readonly LinkSeal _seal;
    private readonly FakeRecord _record = new();
    private readonly FakeTerminal _process = new(TerminalSize.Default) { Repeats = true };
    private readonly LiveTerminal _terminal;
    private readonly TerminalDoor _door;
    private readonly CancellationTokenSource _end = new();
    private CoreHub? _hub;
    private Task _serving = Task.CompletedTask;
    private OutputPump? _pump;
    private TerminalViewer? _admitted;

    public RemoteTerminalTests()
    {
        _seal = SealOf("own");
        _terminal = new LiveTerminal("ags_1", _record, TimeProvider.System);
        _door = new TerminalDoor(_terminal, _process, TimeProvider.System, () => { });
    }

    [Fact]
    public async Task A_window_of_another_process_sees_and_types()
    {
        var bus = await ServeAsync();
        await using var view = await JoinAsync(bus);
        Assert.Equal("acc_1", _admitted!.AccountId);
        Assert.Equal(("tok_1", "brs_1"), (_admitted.TokenId, _admitted.AuthSessionId));
        await using var reading = view.ReadAsync(0, default).GetAsyncEnumerator();
        Assert.True(await view.WriteAsync("hello"u8.ToArray(), default));
        Assert.True(await NextAsync(reading, "out") is var echo && Encoding.UTF8.GetString(echo.Data.Span) == "hello");
        Assert.True(await view.ResizeAsync(new TerminalSize(80, 24), default));
        Assert.Equal("resize", (await NextAsync(reading, "resize")).Type);
        await Waiting.UntilAsync(() => view.Now.Size == new TerminalSize(80, 24));
        Assert.Single(view.Now.Viewers);
        _terminal.End("completed", 0);
        _terminal.Close();
        Assert.Equal("ended", (await NextAsync(reading, "ended")).Type);
        Assert.False(await reading.MoveNextAsync());
    }

    [Fact]
    public async Task What_it_asks_is_answered_as_by_its_worker()
    {
        var bus = await ServeAsync();
        await using var view = await JoinAsync(bus);
        _door.IsFrozen = true;
        Assert.Contains("stop switch", (await Assert.ThrowsAsync<TerminalBusyException>(() => view.WriteAsync("x"u8.ToArray(), default).AsTask())).Message, StringComparison.Ordinal);
        _terminal.Apply(new ControlChange(null, LiveTerminalTests.Window("w"), ControlChange.GivenBack));
        Assert.False(await view.WriteAsync("x"u8.ToArray(), default));
        Assert.False(await view.ResizeAsync(new TerminalSize(1, 1), default));
        await Waiting.UntilAsync(() => !view.Now.IsController);
    }

    [Fact]
    public async Task A_flood_comes_whole_and_in_order_at_the_readers_pace()
    {
        var bus = await ServeAsync();
        await using var view = await JoinAsync(bus);
        var flooding = Task.Run(() =>
        {
            for (var i = 0; i < 100; i++) _terminal.Print(new byte[60_000], 60_000);
            _terminal.End("completed", 0);
        });
        var seqs = new List<long>();
        await foreach (var frame in view.ReadAsync(0, default)) seqs.Add(frame.Seq);
        await flooding;
        Assert.Equal(seqs.Order(), seqs);
        // Who is in control comes first.
        Assert.Equal(102, seqs.Distinct().Count());
    }

    [Fact]
    public async Task One_that_does_not_keep_up_is_told_so_and_the_worker_sends_no_more()
    {
        var bus = await ServeAsync();
        await using var view = await JoinAsync(bus);
        await using var reading = view.ReadAsync(0, default).GetAsyncEnumerator();
        _terminal.Print("a"u8.ToArray(), 1);
        Assert.True(await reading.MoveNextAsync());
        for (var i = 0; i < 400; i++) _terminal.Print(new byte[60_000], 60_000);
        await Assert.ThrowsAsync<TerminalSlowException>(async () =>
        {
            while (await reading.MoveNextAsync()) Assert.Equal("out", reading.Current.Type);
        });
    }

    [Fact]
    public async Task Whom_the_worker_does_not_let_in_sees_nothing()
    {
        var bus = await ServeAsync(admit: (_, _) => Task.FromResult<TerminalViewer?>(null));
        Assert.Null(await RemoteView.JoinAsync("ags_1", Viewer, bus, _seal, TimeProvider.System, default));
        Assert.Equal(0, _terminal.Viewers);
    }

    [Fact]
    public async Task A_process_that_vanishes_takes_its_windows_along()
    {
        var time = new FakeTime();
        var bus = await ServeAsync(time);
        var view = await JoinAsync(bus);
        Assert.Equal(1, _terminal.Viewers);
        // It says nothing more: neither that it lives nor that it leaves.
        bus.IsMute = true;
        await Waiting.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return _terminal.Viewers == 0;
        });
        await view.DisposeAsync();
    }

    [Fact]
    public async Task A_worker_that_does_not_answer_cannot_be_reached()
    {
        var time = new FakeTime();
        _hub = await CoreHub.OpenAsync(TestStore.Sqlite, TimeProvider.System);
        var joining = RemoteView.JoinAsync("ags_1", Viewer, new SharedBus(_hub.Bus), _seal, time, default);
        await Waiting.UntilAsync(() => time.Waiting > 0);
        time.Advance(TimeSpan.FromSeconds(6));
        await Assert.ThrowsAsync<HubUnavailableException>(() => joining);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{\"kind\":\"join\"}")]
    [InlineData("{\"kind\":\"in\",\"link\":\"x\",\"data\":7}")]
    public async Task What_is_no_message_is_passed_over(string text)
    {
        var bus = await ServeAsync();
        await bus.AppendAsync(Topics.TerminalAsks("ags_1"), BusMessage.New(text), default);
        await bus.AppendAsync(Topics.TerminalAsks("ags_1"), BusMessage.New(_seal.Of(Topics.TerminalAsks("ags_1")).Seal(text)), default);
        await using var view = await JoinAsync(bus);
        Assert.True(await view.WriteAsync("x"u8.ToArray(), default));
    }

    [Fact]
    public async Task Nothing_that_goes_over_the_bus_can_be_read_there_or_said_by_another()
    {
        var bus = await ServeAsync();
        var told = new ConcurrentQueue<(string Topic, BusMessage Message)>();
        bus.Appended = (topic, message) => told.Enqueue((topic, message));
        await using var view = await JoinAsync(bus);
        Assert.True(await view.WriteAsync("secret words"u8.ToArray(), default));
        Assert.DoesNotContain(told, m => m.Message.Payload.Contains("acc_1", StringComparison.Ordinal) || m.Message.Payload.Contains(Convert.ToBase64String("secret words"u8), StringComparison.Ordinal));
        var asks = Topics.TerminalAsks("ags_1");
        var heard = told.Where(m => m.Topic == asks).Select(m => m.Message.Payload).ToList();
        Assert.Equal(2, heard.Count);
        var own = _seal.Of(asks);
        var said = JsonNode.Parse(own.Open(heard[1])!)!.AsObject();
        string Again(Action<JsonObject> change, TopicSeal? seal = null)
        {
            var other = said.DeepClone().AsObject();
            (other["no"], other["n"]) = (100, 100);
            change(other);
            return (seal ?? own).Seal(other.ToJsonString());
        }
        string[] forged =
        [
            // Heard and played again; in the clear; by another hub's key; for another terminal; changed by one letter; without the pass; with another link's.
            heard[1], said.ToJsonString(), Again(_ => { }, SealOf("another").Of(asks)), Again(_ => { }, _seal.Of(Topics.TerminalAsks("ags_2"))),
            heard[1][..^3] + (heard[1][^3] == 'A' ? 'B' : 'A') + heard[1][^2..], Again(m => m.Remove("pass")), Again(m => m["pass"] = "of another"), Again(m => m["link"] = "of another"), "v1.", "", "v1.AAAA",
        ];
        foreach (var one in forged) await bus.AppendAsync(asks, BusMessage.New(one), default);
        // Behind all of them.
        Assert.True(await view.WriteAsync("end"u8.ToArray(), default));
        Assert.Equal(["secret words", "end"], _process.Typed);
    }

    [Fact]
    public async Task A_link_that_is_played_again_after_its_end_types_nothing()
    {
        var bus = await ServeAsync();
        var told = new ConcurrentQueue<BusMessage>();
        bus.Appended = (topic, message) =>
        {
            if (topic == Topics.TerminalAsks("ags_1")) told.Enqueue(message);
        };
        var view = await JoinAsync(bus);
        Assert.True(await view.WriteAsync("once"u8.ToArray(), default));
        await view.DisposeAsync();
        await Waiting.UntilAsync(() => _terminal.Viewers == 0);
        bus.Appended = null;
        foreach (var message in told.ToList()) await bus.AppendAsync(Topics.TerminalAsks("ags_1"), BusMessage.New(message.Payload), default);
        await using var next = await JoinAsync(bus);
        // The join is good: whoever it was may look. What he typed is not said again.
        await Waiting.UntilAsync(() => _terminal.Viewers == 2);
        await next.WriteAsync("end"u8.ToArray(), default);
        Assert.Equal(1, _process.Typed.Count(t => t == "once"));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _serving;
        _process.Exit(0);
        if (_pump is not null) await _pump.Ended;
        _door.Dispose();
        _terminal.Dispose();
        _end.Dispose();
        if (_hub is not null) await _hub.DisposeAsync();
        _temp.Dispose();
    }

    private LinkSeal SealOf(string hub) => new(new OwnKey("terminal-links", Path.Combine(_temp[hub], "links.pem"), null));

    private static TerminalViewer Viewer => new("w", "acc_1", "Somebody", true) { TokenId = "tok_1", AuthSessionId = "brs_1" };

    private async Task<SharedBus> ServeAsync(TimeProvider? time = null, Func<TerminalViewer, CancellationToken, Task<TerminalViewer?>>? admit = null)
    {
        _hub = await CoreHub.OpenAsync(TestStore.Sqlite, TimeProvider.System);
        var bus = new SharedBus(_hub.Bus);
        var server = new LinkServer("ags_1", admit ?? AdmitAsync, JoinHereAsync, bus, _seal, time ?? TimeProvider.System);
        _serving = server.RunAsync(_end.Token);
        _pump = new OutputPump(_terminal, _process, Copy, long.MaxValue) { Exceeded = () => { }, Used = () => { } };
        _pump.Start();
        return bus;
    }

    private Task<TerminalViewer?> AdmitAsync(TerminalViewer claimed, CancellationToken cancellationToken) => Task.FromResult<TerminalViewer?>(_admitted = claimed with { Name = "Known" });

    private Task<ITerminalView> JoinHereAsync(TerminalViewer viewer, CancellationToken cancellationToken)
    {
        _terminal.Join(viewer);
        if (_terminal.Control((c, _) => c.OnJoin(viewer)) is { } change) _terminal.Apply(change);
        return Task.FromResult<ITerminalView>(new TerminalView(_terminal, _door, null!, viewer, TimeProvider.System));
    }

    private async Task<RemoteView> JoinAsync(SharedBus bus) => (await RemoteView.JoinAsync("ags_1", Viewer, bus, _seal, TimeProvider.System, default))!;

    private static async Task<TerminalFrame> NextAsync(IAsyncEnumerator<TerminalFrame> reading, string type)
    {
        while (await reading.MoveNextAsync())
            if (reading.Current.Type == type) return reading.Current;
        throw new InvalidOperationException($"No {type} came.");
    }

    private static int Copy(ReadOnlySpan<byte> input, Span<byte> output)
    {
        input.CopyTo(output);
        return input.Length;
    }

    // As one that several processes have.
    private sealed class SharedBus(IBus bus) : IBus
    {
        public bool IsShared => true;

        /// <summary>What is appended reaches nobody.</summary>
        public bool IsMute { get; set; }

        /// <summary>Hears what is appended.</summary>
        public Action<string, BusMessage>? Appended { get; set; }

        public Task<string> AppendAsync(string topic, BusMessage message, CancellationToken cancellationToken)
        {
            Appended?.Invoke(topic, message);
            return IsMute ? Task.FromResult("0") : bus.AppendAsync(topic, message, cancellationToken);
        }

        public IAsyncEnumerable<BusEntry> TailAsync(string topic, string? after, CancellationToken cancellationToken) => bus.TailAsync(topic, after, cancellationToken);

        public Task ConsumeAsync(string topic, string group, string consumer, Func<BusEntry, CancellationToken, Task> handler, CancellationToken cancellationToken) =>
            bus.ConsumeAsync(topic, group, consumer, handler, cancellationToken);

        public Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(string? topic, CancellationToken cancellationToken) => bus.DeadLettersAsync(topic, cancellationToken);

        public Task<bool> ReplayAsync(string topic, string group, string entryId, CancellationToken cancellationToken) => bus.ReplayAsync(topic, group, entryId, cancellationToken);

        public Task<bool> IsHealthyAsync(CancellationToken cancellationToken) => bus.IsHealthyAsync(cancellationToken);
    }
}
