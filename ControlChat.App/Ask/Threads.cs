using ControlChat.App.Live;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Bus;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;

namespace ControlChat.App.Ask;

/// <summary>The person's conversations: pages by keyset, a search that a newer one supersedes, newest first.</summary>
public sealed class Threads(ConversationService conversations, CircuitPrincipal person, IBus bus, TimeProvider time)
{
    public const int PageSize = 50;

    private int _asked;
    private int _shown = PageSize;

    /// <summary>Raised on the dispatcher.</summary>
    public event Action? Changed;

    public IReadOnlyList<ConversationItem> Items { get; private set; } = [];

    public PanelLook Look { get; private set; } = PanelLook.Loading;

    public string Search { get; private set; } = "";

    public bool Archived { get; private set; }

    public bool HasMore { get; private set; }

    public Task FindAsync(string search, bool archived)
    {
        (Search, Archived, _shown) = (search.Trim(), archived, PageSize);
        return RefreshAsync();
    }

    /// <summary>Reads again whenever a conversation of this person moved, here or in another browser, until cancelled.</summary>
    /// <param name="onDispatcher">Where the reading is done.</param>
    public Task FollowAsync(Func<Func<Task>, Task> onDispatcher, CancellationToken cancellationToken) => person.Current is not { } principal
        ? Task.CompletedTask
        : new TopicNews(Topics.ConversationsOf(principal.AccountId), bus, time)
            .FollowAsync(() => cancellationToken.IsCancellationRequested ? Task.CompletedTask : onDispatcher(RefreshAsync), cancellationToken);

    /// <summary>Reads again what is shown.</summary>
    public async Task RefreshAsync()
    {
        if (person.Current is not { } principal) return;
        var asked = ++_asked;
        try
        {
            var found = new List<ConversationItem>();
            string? cursor = null;
            do
            {
                var page = await conversations.ListAsync(principal, new ConversationFilter(Search.Length > 0 ? Search : null, Archived, PageSize, cursor), CancellationToken.None);
                found.AddRange(page.Items);
                cursor = page.NextCursor;
            }
            while (cursor is not null && found.Count < _shown);
            if (asked != _asked) return;
            if (!found.SequenceEqual(Items)) Items = found;
            (HasMore, Look) = (cursor is not null, found.Count > 0 ? PanelLook.Live : PanelLook.Empty);
        }
        catch (HubUnavailableException)
        {
            if (asked != _asked) return;
            Look = Items.Count > 0 ? PanelLook.Live : PanelLook.Failed;
        }
        Changed?.Invoke();
    }

    public Task MoreAsync()
    {
        _shown += PageSize;
        return RefreshAsync();
    }

    /// <summary>Under "Today", "Yesterday", "Last 7 days", then months.</summary>
    public static IEnumerable<(string Day, IReadOnlyList<ConversationItem> Items)> ByDay(IReadOnlyList<ConversationItem> items, ReaderClock clock, DateTimeOffset now)
    {
        var today = clock.Local(now).Date;
        foreach (var group in items.GroupBy(item => Name(clock.Local(item.UpdatedAt).Date, today)))
            yield return (group.Key, [.. group]);
    }

    private static string Name(DateTime day, DateTime today) => (today - day).Days switch
    {
        <= 0 => Texts.Today,
        1 => Texts.Yesterday,
        < 7 => Texts.Last7Days,
        _ => day.ToString(day.Year == today.Year ? "MMMM" : "MMMM yyyy", System.Globalization.CultureInfo.InvariantCulture),
    };
}
