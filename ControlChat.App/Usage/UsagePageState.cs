using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Usage;

namespace ControlChat.App.Usage;

/// <summary>What the page knows: the figures, the days of the charts, one page of rows, and what is left for today. Plain C#, no renderer.</summary>
/// <param name="rows">How many rows a page has, for this person.</param>
public sealed class UsagePageState(UsageDesk desk, Func<Principal> who, TimeProvider time, Func<CancellationToken, Task<int>> rows)
{
    private static readonly UsageFigures Nothing = new();

    public UsageView View { get; private set; } = new();

    public PanelLook Look { get; private set; } = PanelLook.Loading;

    /// <summary>Why there is nothing, when the look is failed.</summary>
    public string Fault { get; private set; } = "";

    /// <summary>The reader may not see it; null: may.</summary>
    public string? Refused { get; private set; }

    public UsageFigures Total { get; private set; } = Nothing;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<UsageRow> Days { get; private set; } = [];

    public IReadOnlyList<UsageRow> Items { get; private set; } = [];

    public UsageToday Today { get; private set; } = new(0, 0);

    /// <summary>What the address asks for, to this reader.</summary>
    public UsageQuery? Query { get; private set; }

    public string? NewerHref { get; private set; }

    public string? OlderHref { get; private set; }

    public bool IsAdmin { get; private set; }

    /// <summary>Everyone's together.</summary>
    public bool IsHub => Query is { Account: null };

    public bool IsOwn { get; private set; }

    /// <summary>The name of the person it is about.</summary>
    public string? Person { get; private set; }

    public async Task ShowAsync(UsageView view, CancellationToken cancellationToken)
    {
        if (Look is PanelLook.Live or PanelLook.Empty && view == View) return;
        View = view;
        await LoadAsync(cancellationToken);
    }

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var person = who();
            IsAdmin = person.IsAdmin;
            var account = View.AccountFor(person.AccountId, person.IsAdmin);
            IsOwn = account == person.AccountId;
            Query = View.Query(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), account) with { Limit = await rows(cancellationToken) };
            Refused = null;
            await ReadAsync(person, Query, cancellationToken);
            if (Refused is null) Look = Total is { Runs: 0, Calls: 0, Sessions: 0, TokensIn: 0, TokensOut: 0 } ? PanelLook.Empty : PanelLook.Live;
            else Look = PanelLook.Failed;
        }
        catch (HubUnavailableException e)
        {
            (Look, Fault) = (PanelLook.Failed, e.Message);
        }
        catch (FormatException)
        {
            // A cursor of another list: its first page.
            View = View.First();
            await LoadAsync(cancellationToken);
        }
    }

    private async Task ReadAsync(Principal person, UsageQuery query, CancellationToken cancellationToken)
    {
        var listed = await desk.ReadAsync(person, query, cancellationToken);
        if (Found(listed) is not { } page) return;
        var days = Found(await desk.ReadAsync(person, query with { By = UsageBy.Day, Sort = UsageSort.Name, Cursor = null, Limit = UsageQuery.MostDays }, cancellationToken));
        if (days is null) return;
        (Total, Days, Items) = (page.Total, [.. days.Items.Reverse()], page.Items);
        NewerHref = page.Previous is { } previous ? (View with { Cursor = previous }).Href : null;
        OlderHref = page.Next is { } next ? (View with { Cursor = next }).Href : null;
        Today = await desk.TodayAsync(person, cancellationToken);
        Person = IsOwn ? person.Name : query.Account is null ? null : await NameAsync(person, query, cancellationToken);
    }

    private async Task<string?> NameAsync(Principal person, UsageQuery query, CancellationToken cancellationToken) =>
        Found(await desk.ReadAsync(person, query with { By = UsageBy.Person, Cursor = null }, cancellationToken)) is { Items: [var row, ..] } ? row.Name : query.Account;

    private UsageReport? Found(UsageAnswer answer)
    {
        if (answer is UsageAnswer.Found found) return found.Report;
        Refused = ((UsageAnswer.Refused)answer).Words;
        return null;
    }
}
