using ControlChat.App.Ask;
using ControlChat.App.Live;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Ask;

/// <summary>A page's conversation over the record: who hears it, and what stays when the database does not answer.</summary>
public sealed class AskConversationTests : IAsyncLifetime
{
    private AskDesk _desk = null!;

    public async ValueTask InitializeAsync() => _desk = await AskDesk.OpenAsync();

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    [Fact]
    public Task What_belongs_to_somebody_else_is_neither_shown_nor_followed() => OnPageAsync(async () =>
    {
        var id = await _desk.NewAsync();
        await _desk.SayAsync(id, "between us");
        using var hers = _desk.Page(AskDesk.Circuit(AskDesk.Mara));
        using var his = _desk.Page(AskDesk.Circuit(AskDesk.Jonas));
        var heard = 0;
        his.Happened += _ => heard++;
        await hers.OpenAsync(id, null);
        await his.OpenAsync(id, null);
        Assert.Equal((AskLook.Live, AskLook.Missing), (hers.Look, his.Look));
        var following = his.FollowAsync();
        _ = hers.FollowAsync();
        await _desk.SayAsync(id, "and this too");
        await _desk.UntilAsync(() => Written(hers) == 2);
        Assert.True(following.IsCompletedSuccessfully);
        Assert.Equal((0, true, null), (heard, his.State.IsEmpty, his.State.Conversation));
    });

    [Fact]
    public Task What_could_not_be_read_is_followed_when_it_was_read_and_its_past_is_no_news() => OnPageAsync(async () =>
    {
        var id = await _desk.NewAsync();
        await _desk.SayAsync(id, "long ago");
        using var page = _desk.Page(AskDesk.Circuit(AskDesk.Mara));
        var (heard, drawn) = (0, 0);
        page.Happened += _ => heard++;
        page.Changed += () => drawn++;
        _desk.Reading.OnRead = Away;
        await page.OpenAsync(id, null);
        Assert.True(page.FollowAsync().IsCompletedSuccessfully);
        Assert.Equal((AskLook.Failed, 0), (page.Look, heard));
        _desk.Reading.OnRead = null;
        await page.ReloadAsync();
        Assert.Equal((AskLook.Live, 1), (page.Look, drawn));
        _ = page.FollowAsync();
        await _desk.SayAsync(id, "news");
        await _desk.UntilAsync(() => heard > 0);
        Assert.Equal((1, 2), (heard, Written(page)));
    });

    [Fact]
    public Task Whose_session_ended_hears_nothing_more() => OnPageAsync(async () =>
    {
        var id = await _desk.NewAsync();
        var circuit = AskDesk.Circuit(AskDesk.Mara);
        using var page = _desk.Page(circuit);
        await page.OpenAsync(id, null);
        var following = page.FollowAsync();
        await _desk.SayAsync(id, "while signed in");
        await _desk.UntilAsync(() => page.State.Items.Any());
        circuit.Set(null);
        await _desk.SayAsync(id, "after signing out");
        await _desk.UntilAsync(() => following.IsCompleted);
        Assert.Equal(1, Written(page));
    });

    [Fact]
    public Task What_came_before_the_database_stopped_answering_is_drawn() => OnPageAsync(async () =>
    {
        var id = await _desk.NewAsync();
        using var page = _desk.Page(AskDesk.Circuit(AskDesk.Mara));
        await page.OpenAsync(id, null);
        _ = page.FollowAsync();
        await _desk.SayAsync(id, "one");
        // The page rests until its clock goes on: what comes meanwhile waits for it together.
        await Waiting.UntilAsync(() => page.State.Items.Any() && _desk.Time.Waiting > 0);
        var drawn = 0;
        page.Changed += () => drawn++;
        using (var alike = await _desk.Feeds.SubscribeAsync(id, default))
        {
            await _desk.SayAsync(id, "two");
            await alike.Items.ReadAsync(TestContext.Current.CancellationToken);
            await _desk.Conversations.ChangeAsync(AskDesk.Mara, id, "Renamed", null, default);
            while (await alike.Items.ReadAsync(TestContext.Current.CancellationToken) is not FeedItem.Changed) { }
        }
        _desk.Reading.OnRead = Away;
        _desk.Time.Advance(AskConversation.Beat);
        await Waiting.UntilAsync(() => _desk.Log.Lines.Count > 0);
        Assert.Equal((2, 1), (Written(page), drawn));
    });

    [Fact]
    public Task Earlier_messages_that_cannot_be_read_leave_what_is_shown() => OnPageAsync(async () =>
    {
        using var page = await LongAsync(40);
        _desk.Reading.OnRead = Away;
        Assert.False(await page.ReachBackAsync(1));
        Assert.Equal((AskLook.Live, AskConversation.Window), (page.Look, page.State.Items.Count()));
        Assert.Contains("Earlier messages", _desk.Log.Text, StringComparison.Ordinal);
        _desk.Reading.OnRead = null;
        Assert.True(await page.ReachBackAsync(1));
        Assert.Equal(40, page.State.Items.Count());
    });

    [Fact]
    public Task Asked_for_earlier_messages_again_while_they_come_it_reads_them_once_and_goes_on_from_there() => OnPageAsync(async () =>
    {
        using var page = await LongAsync(95);
        var first = page.State.FirstSeq;
        var release = new TaskCompletionSource();
        _desk.Reading.Held = release.Task;
        var before = _desk.Reading.Reads;
        var step = page.ReachBackAsync(first - 1);
        var again = page.ReachBackAsync(first - 1);
        var deep = page.ReachBackAsync(1);
        Assert.Equal(before + 1, _desk.Reading.Reads);
        release.SetResult();
        Assert.All(await Task.WhenAll(step, again, deep), Assert.True);
        // One step, and two more to the beginning.
        Assert.Equal((95, 1L, before + 3), (page.State.Items.Count(), page.State.FirstSeq, _desk.Reading.Reads));
    });

    private static int Written(AskConversation page) => page.State.Items.OfType<AskItem.Written>().Count();

    private static HubUnavailableException Away() => new("away", new TimeoutException());

    private async Task<AskConversation> LongAsync(int messages)
    {
        var id = await _desk.NewAsync();
        await _desk.WriteAsync(id, messages);
        var page = _desk.Page(AskDesk.Circuit(AskDesk.Mara));
        await page.OpenAsync(id, null);
        return page;
    }

    private Task OnPageAsync(Func<Task> steps) => _desk.Dispatcher.InvokeAsync(steps);
}
