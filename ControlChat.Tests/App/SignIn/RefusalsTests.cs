using ControlChat.App.SignIn;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>Which refused sign-ins get a row, and what a row says of those before it that got none.</summary>
public sealed class RefusalsTests
{
    private readonly FakeTime _time = new();
    private readonly Refusals _refusals;

    public RefusalsTests() => _refusals = new Refusals(_time, NullLogger<Refusals>.Instance);

    [Fact]
    public void A_network_has_five_rows_a_minute_of_each_reason_and_the_next_tells_of_the_others()
    {
        Assert.Equal([0, 0, 0, 0, 0, null, null, null], Refuse("wrong", "192.0.2.1", 8));
        Assert.Equal([0], Refuse("used", "192.0.2.1", 1));
        Assert.Equal([0], Refuse("wrong", "192.0.2.2", 1));
        _time.Advance(TimeSpan.FromMinutes(1));
        // What was left out of one network is told by that one's next row, not by another's.
        Assert.Equal([0], Refuse("wrong", "192.0.2.2", 1));
        Assert.Equal([3, 0], Refuse("wrong", "192.0.2.1", 2));
    }

    [Fact]
    public void A_flood_from_more_networks_than_can_be_counted_has_a_hundred_rows_of_a_reason()
    {
        var rows = Enumerable.Range(0, 300).Select(i => Told("wrong", $"2001:db8:0:{i:x}::/64")).ToList();
        Assert.Equal((100, 200), (rows.Count(r => r == 0), rows.Count(r => r is null)));
        Assert.Equal([0], Refuse("used", "192.0.2.1", 1));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([200, 0], Refuse("wrong", "192.0.2.1", 2));
    }

    [Fact]
    public void Who_counts_by_name_is_told_of_by_their_own_next_row()
    {
        for (var i = 0; i < 7; i++) Told("no_rule", "192.0.2.1", "proxy eve");
        Assert.NotNull(_refusals.Wait("proxy eve", 7));
        Assert.Null(_refusals.Wait("proxy eve", 8));
        Assert.Equal(0, Told("no_rule", "192.0.2.1", "proxy ben"));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(_refusals.Wait("proxy eve", 7));
        Assert.Equal(2, Told("no_rule", "192.0.2.1", "proxy eve"));
    }

    [Fact]
    public void Rows_and_what_they_tell_of_add_up_to_all_there_were()
    {
        var (refused, rows, told) = (0, 0, 0);
        for (var round = 0; round < 60; round++)
        {
            for (var i = 0; i < 97; i++, refused++)
            {
                if (Told("wrong", $"2001:db8:{round % 9:x}:{i % 23:x}::/64") is not { } leftOut) continue;
                (rows, told) = (rows + 1, told + leftOut);
            }
            _time.Advance(TimeSpan.FromSeconds(13));
        }
        Assert.True(rows < refused / 2, $"{rows} rows of {refused}");
        // After hours, too, when nobody comes back from where they came.
        _time.Advance(TimeSpan.FromHours(2));
        (refused, rows, told) = (refused + 1, rows + 1, told + Told("wrong", "192.0.2.1")!.Value);
        Assert.Equal(refused, rows + told);
    }

    [Fact]
    public void What_a_row_was_to_tell_is_told_by_the_next_one_when_it_could_not_be_written()
    {
        Refuse("wrong", "192.0.2.1", 8);
        // Too many for the hub, from more networks than it remembers.
        for (var i = 0; i < 120; i++) Told("wrong", $"2001:db8:0:{i:x}::/64");
        _time.Advance(TimeSpan.FromMinutes(1));
        using (var lost = _refusals.RowFor("wrong", "192.0.2.1")) Assert.Equal(3 + 25, lost!.LeftOut);
        using (var again = _refusals.RowFor("wrong", "192.0.2.1")) Assert.Equal(3 + 25 + 1, again!.LeftOut);
        // What was of all may be told by anybody's, the rest by one's own.
        Assert.Equal(25, Told("wrong", "192.0.2.2"));
        Assert.Equal(3 + 2, Told("wrong", "192.0.2.1"));
        Assert.Equal(0, Told("wrong", "192.0.2.1"));
    }

    // As one that is written.
    private int? Told(string reason, string network, string? whom = null)
    {
        using var row = _refusals.RowFor(reason, network, whom);
        row?.Written();
        return row?.LeftOut;
    }

    private List<int?> Refuse(string reason, string network, int times) => [.. Enumerable.Range(0, times).Select(_ => Told(reason, network))];
}
