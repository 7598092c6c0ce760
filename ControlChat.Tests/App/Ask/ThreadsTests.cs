using ControlChat.App.Ask;
using ControlChat.App.SignIn;
using ControlChat.Core.Bus;
using ControlChat.Core.Conversations;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Ask;

/// <summary>The list of conversations over the real hub: its clock stands still, so only a wake-up can make it right.</summary>
public sealed class ThreadsTests
{
    [Fact]
    public async Task The_list_says_what_waits_as_soon_as_it_waits()
    {
        await using var hub = await TestHub.StartAsync();
        var conversations = hub.Services.GetRequiredService<ConversationService>();
        var who = new CircuitPrincipal();
        who.Set(hub.Person);
        var pages = new FakeTime();
        var threads = new Threads(conversations, who, hub.Services.GetRequiredService<IBus>(), pages);
        using var stop = new CancellationTokenSource();
        var following = threads.FollowAsync(work => work(), stop.Token);

        var id = (await conversations.CreateAsync(hub.Person, null, default)).Id;
        await SayAsync("/create alpha");
        await ShowsAsync(null);
        await SayAsync("/archive alpha");
        await ShowsAsync("waiting");
        await conversations.ChangeAsync(hub.Person, id, "Put away", null, default);
        await UntilAsync(() => threads.Items.Any(item => item.Title == "Put away"));
        await stop.CancelAsync();
        await following;

        async Task SayAsync(string text) => Assert.IsType<PostResult.Accepted>(await conversations.PostAsync(hub.Person, id, new PostedMessage(text, $"req-{text.GetHashCode(StringComparison.Ordinal):00000000}", "ui"), default));

        Task ShowsAsync(string? run) => UntilAsync(() => threads.Items is [{ OpenRun: var open, LastSeq: > 1 }] && open == run);

        // The pause before a reading is over at once; nothing else of the page's clock moves the list.
        Task UntilAsync(Func<bool> condition) => Waiting.UntilAsync(() =>
        {
            pages.Advance(TimeSpan.FromMilliseconds(250));
            return condition();
        });
    }
}
