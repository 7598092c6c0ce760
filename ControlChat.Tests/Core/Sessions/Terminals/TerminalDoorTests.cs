using System.Text;
using System.Text.Json.Nodes;
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
    public async Task What_was_typed_is_on_record_although_the_memory_it_came_in_is_used_again()
    {
        _process.Echo = TerminalEcho.ByProgram;
        var shared = "ls"u8.ToArray();
        Assert.True(await _door.TypeAsync(_desk, shared, default));
        shared.AsSpan().Fill((byte)'#');
        Print("ls");
        Assert.Equal("ls", Assert.Single(Texts()));
    }

    [Fact]
    public async Task What_is_typed_blind_is_recorded_as_a_count()
    {
        _process.Echo = TerminalEcho.Hidden;
        await TypeAsync("geheim");
        Assert.Equal("""{"account":"acc_1","hidden":6}""", Last("in"));
        Assert.Equal("geheim", Assert.Single(_process.Typed));
    }

    [Theory]
    // readline, at the end of a line and where it draws the character before once more
    [InlineData("ls -l\r", "ls -l\r\n")]
    [InlineData("s", "\b\u001b[32mls\u001b[m", "l")]
    [InlineData("\u001b[200~ls\u001b[201~", "\u001b[7mls\u001b[27m")]
    [InlineData("\u00e9", "\u00e9\u001b[K")]
    // keys that say nothing
    [InlineData("\u001b[A\u001bOB\t\r\u0003\u007f", "")]
    public async Task What_the_program_draws_is_recorded(string typed, string drawn, string before = "")
    {
        _process.Echo = TerminalEcho.ByProgram;
        Print(before);
        await TypeAsync(typed);
        if (drawn.Length > 0) Assert.DoesNotContain(_record.Kept, f => f.Type == "in");
        Print(drawn);
        Assert.Equal($$"""{"account":"acc_1","data":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(typed))}}"}""", Last("in").Replace("\\u002B", "+", StringComparison.Ordinal));
    }

    [Theory]
    // stars; a question that is drawn anew with each key; nothing
    [InlineData("s3cret\r", "******\r\n")]
    [InlineData("s", "\u001b[2K\u001b[G? Password: *")]
    [InlineData("s3cret", "")]
    [InlineData("s3cret", "s3")]
    [InlineData("s", "\u001b]0;s\u0007")]
    public async Task What_it_does_not_draw_is_recorded_as_a_count(string typed, string drawn)
    {
        _process.Echo = TerminalEcho.ByProgram;
        await TypeAsync(typed);
        Print(drawn);
        _time.Advance(EchoWatch.Patience);
        Assert.Equal($$"""{"account":"acc_1","hidden":{{typed.Length}}}""", Last("in"));
    }

    [Fact]
    public async Task What_was_typed_is_on_record_in_its_order_and_before_the_end()
    {
        _process.Echo = TerminalEcho.ByProgram;
        await TypeAsync("a");
        _process.Echo = TerminalEcho.Shown;
        await TypeAsync("b");
        _process.Echo = TerminalEcho.ByProgram;
        await TypeAsync("c");
        Assert.DoesNotContain(_record.Kept, f => f.Type == "in");
        Print("ac");
        await TypeAsync("d");
        _terminal.End("completed", 0);
        Assert.Equal(["YQ==", "Yg==", "Yw==", "hidden"], _record.Kept.Where(f => f.Type == "in").Select(f => JsonNode.Parse(f.Data.Span)!["data"]?.GetValue<string>() ?? "hidden"));
        Assert.Equal("ended", _record.Kept[^1].Type);
    }

    [Fact]
    public async Task Who_goes_on_typing_keeps_nothing_from_the_record()
    {
        _process.Echo = TerminalEcho.ByProgram;
        for (var i = 0; i < 4; i++)
        {
            await TypeAsync("x");
            _time.Advance(EchoWatch.Patience / 2);
        }
        Assert.Equal(3, _record.Kept.Count(f => f.Type == "in"));
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
        await PassesAsync(typing);
        Assert.Equal(TerminalBusyException.Full, (await Assert.ThrowsAsync<TerminalBusyException>(() => typing)).Message);
        Assert.DoesNotContain(_record.Kept, f => f.Type == "in");
        _process.IsDeaf = false;
        Assert.True(await TypeAsync("y"));
    }

    [Fact]
    public async Task What_it_took_of_a_piece_is_on_record_and_nothing_is_typed_behind_the_rest()
    {
        _process.MostTaken = 3;
        var typing = TypeAsync("rm -rf /tmp/x\r");
        var behind = TypeAsync("echo done\r");
        await Waiting.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            if (_process.Typed.Count == 2) _process.IsDeaf = true;
            return typing.IsCompleted;
        });
        await Assert.ThrowsAsync<TerminalBusyException>(() => typing);
        Assert.Equal(["rm ", "-rf"], _process.Typed);
        Assert.Equal(["rm ", "-rf"], Texts());
        await PassesAsync(behind);
        await Assert.ThrowsAsync<TerminalBusyException>(() => behind);
    }

    [Fact]
    public async Task A_program_that_reads_slowly_gets_all_of_it()
    {
        _process.MostTaken = 2;
        var typing = TypeAsync("abcdefghijklmnopqrstuvwxyz");
        // Longer in all than one that reads nothing is waited for.
        await PassesAsync(typing);
        Assert.True(await typing);
        Assert.Equal("abcdefghijklmnopqrstuvwxyz", string.Concat(_process.Typed));
        Assert.Equal(_process.Typed, Texts());
    }

    [Fact]
    public async Task Who_loses_control_meanwhile_types_no_more()
    {
        _process.IsDeaf = true;
        var typing = TypeAsync("x");
        await Waiting.UntilAsync(() => _time.Waiting > 0);
        var phone = LiveTerminalTests.Window("phone");
        _terminal.Apply(new ControlChange(phone, phone, ControlChange.Taken));
        await PassesAsync(typing);
        Assert.False(await typing);
        Assert.Empty(_process.Typed);
    }

    [Fact]
    public async Task A_flood_of_keys_waits_until_its_second_is_over()
    {
        Assert.Contains("KiB at once", (await Assert.ThrowsAsync<TerminalBusyException>(() => TypeAsync(new string('x', TerminalPace.MostPiece + 1)))).Message, StringComparison.Ordinal);
        for (var i = 0; i < 16; i++) Assert.True(await TypeAsync(new string('x', TerminalPace.MostPiece)));
        var typing = TypeAsync("y");
        Assert.False(typing.IsCompleted);
        Assert.Equal(16, _process.Typed.Count);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await typing);
        Assert.Equal("y", _process.Typed.Last());
    }

    [Theory]
    [InlineData('\r')]
    [InlineData('\n')]
    public async Task So_does_a_flood_of_commands_and_none_of_them_is_left_out(char enter)
    {
        var lines = string.Concat(Enumerable.Range(0, 1_500).Select(i => $"{i}{enter}"));
        var (first, second) = (TypeAsync(lines[..3000]), TypeAsync(lines[3000..]));
        Assert.False(first.IsCompleted && second.IsCompleted);
        Assert.Equal(1_000, string.Concat(_process.Typed).Count(c => c == enter));
        var since = _time.GetUtcNow();
        await PassesAsync(Task.WhenAll(first, second));
        Assert.Equal(lines, string.Concat(_process.Typed));
        Assert.InRange((_time.GetUtcNow() - since).TotalSeconds, 20, 40);
    }

    [Fact]
    public async Task What_is_said_without_a_window_is_typed_for_the_one_in_control_or_when_nobody_is()
    {
        Assert.True(await _door.SayAsync("acc_1", "a"u8.ToArray(), default));
        Assert.False(await _door.SayAsync("acc_2", "b"u8.ToArray(), default));
        Assert.False(await _door.InterruptAsync("acc_2", default));
        Assert.True(await _door.InterruptAsync("acc_1", default));
        Assert.True(await _door.InterruptAsync(null, default));
        _terminal.Apply(new ControlChange(null, _desk, ControlChange.GivenBack));
        Assert.True(await _door.SayAsync("acc_2", "c"u8.ToArray(), default));
        Assert.Equal(["a", "\u0003", "\u0003", "c"], _process.Typed);
        Assert.Equal(["acc_1", "acc_1", null, "acc_2"], _record.Kept.Where(f => f.Type == "in").Select(f => JsonNode.Parse(f.Data.Span)!["account"]?.GetValue<string>()));
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

    private void Print(string text) => _terminal.Print(Encoding.UTF8.GetBytes(text), text.Length);

    private Task PassesAsync(Task until) => Waiting.UntilAsync(() =>
    {
        _time.Advance(TimeSpan.FromMilliseconds(50));
        return until.IsCompleted;
    });

    private IEnumerable<string> Texts() =>
        _record.Kept.Where(f => f.Type == "in").Select(f => Encoding.UTF8.GetString(Convert.FromBase64String(JsonNode.Parse(f.Data.Span)!["data"]!.GetValue<string>())));

    private Task<bool> TypeAsync(string text) => _door.TypeAsync(_desk, Encoding.UTF8.GetBytes(text), default).AsTask();

    private string Last(string type) => Encoding.UTF8.GetString(_record.Kept.Last(f => f.Type == type).Data.Span);
}
