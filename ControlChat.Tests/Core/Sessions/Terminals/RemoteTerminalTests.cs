using System.Text;
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
        Assert.Null(await RemoteView.JoinAsync("ags_1", Viewer, bus, TimeProvider.System, default));
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
        var joining = RemoteView.JoinAsync("ags_1", Viewer, new SharedBus(_hub.Bus), time, default);
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
        await using var view = await JoinAsync(bus);
        Assert.True(await view.WriteAsync("x"u8.ToArray(), default));
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
    }

    private static TerminalViewer Viewer => new("w", "acc_1", "Somebody", true) { TokenId = "tok_1", AuthSessionId = "brs_1" };

    private async Task<SharedBus> ServeAsync(TimeProvider? time = null, Func<TerminalViewer, CancellationToken, Task<TerminalViewer?>>? admit = null)
    {
        _hub = await CoreHub.OpenAsync(TestStore.Sqlite, TimeProvider.System);
        var bus = new SharedBus(_hub.Bus);
        var server = new LinkServer("ags_1", admit ?? AdmitAsync, JoinHereAsync, bus, time ?? TimeProvider.System);
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

    private static async Task<RemoteView> JoinAsync(SharedBus bus) => (await RemoteView.JoinAsync("ags_1", Viewer, bus, TimeProvider.System, default))!;

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

        public Task<string> AppendAsync(string topic, BusMessage message, CancellationToken cancellationToken) => IsMute ? Task.FromResult("0") : bus.AppendAsync(topic, message, cancellationToken);

        public IAsyncEnumerable<BusEntry> TailAsync(string topic, string? after, CancellationToken cancellationToken) => bus.TailAsync(topic, after, cancellationToken);

        public Task ConsumeAsync(string topic, string group, string consumer, Func<BusEntry, CancellationToken, Task> handler, CancellationToken cancellationToken) =>
            bus.ConsumeAsync(topic, group, consumer, handler, cancellationToken);

        public Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(string? topic, CancellationToken cancellationToken) => bus.DeadLettersAsync(topic, cancellationToken);

        public Task<bool> ReplayAsync(string topic, string group, string entryId, CancellationToken cancellationToken) => bus.ReplayAsync(topic, group, entryId, cancellationToken);

        public Task<bool> IsHealthyAsync(CancellationToken cancellationToken) => bus.IsHealthyAsync(cancellationToken);
    }
}
