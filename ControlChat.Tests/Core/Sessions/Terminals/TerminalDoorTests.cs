using System.Text;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Live;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>What goes into a terminal.</summary>
public sealed class TerminalDoorTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly FakeRecord _record = new();
    private readonly FakeTerminal _process = new(TerminalSize.Default);
    private readonly TerminalViewer _desk = LiveTerminalTests.Window("desk");
    private readonly LiveTerminal _terminal;
    private readonly TerminalDoor _door;
    private int _used;

    public TerminalDoorTests()
    {
        _terminal = new LiveTerminal("ags_1", _record, _time);
        _door = new TerminalDoor(_terminal, _process, _time, () => _used++);
        _terminal.Join(_desk);
        _terminal.Apply(new ControlChange(_desk, _desk, ControlChange.Joined));
    }

    [Fact]
    public async Task The_one_in_control_types_and_it_is_on_record()
    {
        Assert.True(await TypeAsync("ls\r"));
        Assert.Equal("ls\r", Assert.Single(_process.Typed));
        Assert.Equal("""{"account":"acc_1","data":"bHMN"}""", Last("in"));
        Assert.Equal(1, _used);
    }

    [Fact]
    public async Task Nobody_else_types()
    {
        Assert.False(await _door.TypeAsync(LiveTerminalTests.Window("phone"), "x"u8.ToArray(), default));
        Assert.False(_door.Resize(LiveTerminalTests.Window("phone"), new TerminalSize(80, 24)));
        Assert.Empty(_process.Typed);
        Assert.Empty(_process.Sizes);
        Assert.DoesNotContain(_record.Kept, f => f.Type == "in");
    }

    [Fact]
    public async Task What_is_typed_blind_is_recorded_as_a_count()
    {
        _process.Echoes = false;
        await TypeAsync("geheim");
        Assert.Equal("""{"account":"acc_1","hidden":6}""", Last("in"));
        Assert.Equal("geheim", Assert.Single(_process.Typed));
    }

    [Fact]
    public async Task A_stop_switch_lets_nothing_in()
    {
        _door.IsFrozen = true;
        Assert.Contains("stop switch", (await Assert.ThrowsAsync<TerminalBusyException>(() => TypeAsync("x"))).Message, StringComparison.Ordinal);
        Assert.Empty(_process.Typed);
        _door.IsFrozen = false;
        Assert.True(await TypeAsync("x"));
    }

    [Fact]
    public async Task A_program_that_does_not_read_is_told_and_nothing_is_on_record()
    {
        _process.IsDeaf = true;
        var typing = TypeAsync("x");
        await Waiting.UntilAsync(() => _time.Waiting > 0);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TerminalBusyException.Full, (await Assert.ThrowsAsync<TerminalBusyException>(() => typing)).Message);
        Assert.DoesNotContain(_record.Kept, f => f.Type == "in");
        _process.IsDeaf = false;
        Assert.True(await TypeAsync("y"));
    }

    [Fact]
    public async Task A_flood_of_keys_is_refused_until_its_second_is_over()
    {
        Assert.Contains("KiB at once", (await Assert.ThrowsAsync<TerminalBusyException>(() => TypeAsync(new string('x', TerminalPace.MostPiece + 1)))).Message, StringComparison.Ordinal);
        for (var i = 0; i < 16; i++) Assert.True(await TypeAsync(new string('x', TerminalPace.MostPiece)));
        Assert.Contains("in a second", (await Assert.ThrowsAsync<TerminalBusyException>(() => TypeAsync("x"))).Message, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await TypeAsync("x"));
    }

    [Fact]
    public async Task So_is_a_flood_of_commands()
    {
        for (var i = 0; i < 10; i++) Assert.True(await TypeAsync(new string('\r', 100)));
        Assert.Contains("lines", (await Assert.ThrowsAsync<TerminalBusyException>(() => TypeAsync("\r"))).Message, StringComparison.Ordinal);
        Assert.True(await TypeAsync("x"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await TypeAsync("\r"));
    }

    [Fact]
    public async Task Of_a_storm_of_sizes_the_first_and_the_newest_are_heard_of()
    {
        for (var i = 1; i <= 100; i++) Assert.True(_door.Resize(_desk, new TerminalSize(i, 24)));
        Assert.Equal(new TerminalSize(1, 24), Assert.Single(_process.Sizes));
        _time.Advance(TimeSpan.FromMilliseconds(30));
        await Waiting.UntilAsync(() => _process.Sizes.Count == 2);
        Assert.Equal(new TerminalSize(100, 24), _process.Size);
        Assert.Equal("""{"cols":100,"rows":24}""", Last("resize"));
        Assert.Equal(new TerminalSize(100, 24), _terminal.NowFor(_desk).Size);
        _time.Advance(TimeSpan.FromMilliseconds(31));
        _door.Resize(_desk, new TerminalSize(7, 7));
        Assert.Equal(new TerminalSize(7, 7), _process.Size);
    }

    [Fact]
    public void A_size_that_is_none_is_no_size()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _door.Resize(_desk, new TerminalSize(0, 24)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _door.Resize(_desk, new TerminalSize(501, 24)));
    }

    public void Dispose()
    {
        _door.Dispose();
        _terminal.Dispose();
    }

    private Task<bool> TypeAsync(string text) => _door.TypeAsync(_desk, Encoding.UTF8.GetBytes(text), default).AsTask();

    private string Last(string type) => Encoding.UTF8.GetString(_record.Kept.Last(f => f.Type == type).Data.Span);
}
