using ControlChat.App.Layout;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.App.Audit;

/// <summary>What the page knows: one page of rows, the open one, the chart and how the last verification ended. Plain C#, no renderer.</summary>
public sealed class AuditPageState(HubDatabase database, AuditReader audit, AuditVerification verification, AccountDirectory accounts, ApiTokens tokens, TimeProvider time, IReaderChoices choices)
{
    private const int MostNew = 99;
    private readonly Dictionary<string, string> _names = [];
    private int _rows;
    private AuditViewer _viewer = new("", false);

    public AuditView View { get; private set; } = new();

    public PanelLook Look { get; private set; } = PanelLook.Loading;

    public IReadOnlyList<AuditRow> Items { get; private set; } = [];

    /// <summary>The row of the drawer; null while none is open, or the viewer may not see it.</summary>
    public AuditRow? Open { get; private set; }

    public IReadOnlyList<AuditActivity> Activity { get; private set; } = [];

    /// <summary>The chart's bars are days, not hours.</summary>
    public bool ByDay => View.Last is "7d" or "30d";

    /// <summary>Rows that came since and wait to be shown; 99 stands for more.</summary>
    public int NewRows { get; private set; }

    public VerifyResult? Verdict => verification.Latest;

    /// <summary>The row a running verification has reached; null while none runs.</summary>
    public long? Verifying { get; private set; }

    public string? OlderHref { get; private set; }

    public string? NewerHref => IsNewest || Items.Count == 0 ? null : (View.First() with { After = Items[0].Seq }).Href;

    private bool IsNewest => View.Cursor is null && View.After is null;

    /// <summary>Goes to what an address says; reads only what moved.</summary>
    public async Task ShowAsync(AuditView view, AuditViewer viewer, CancellationToken cancellationToken)
    {
        var sameList = Look is PanelLook.Live or PanelLook.Empty && viewer == _viewer && (view with { Open = null, Utc = false }) == (View with { Open = null, Utc = false });
        (View, _viewer) = (view, viewer);
        if (!sameList) await LoadAsync(cancellationToken);
        await OpenAsync(cancellationToken);
    }

    /// <summary>Reads the list and the chart anew.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            _rows = (await choices.ReadAsync(cancellationToken)).Rows;
            await using var reader = await database.ReadAsync(cancellationToken);
            await ReadAsync(reader, cancellationToken);
            Activity = ByDay ? await audit.ActivityAsync(reader, _viewer, 24, View.Last == "7d" ? 7 : 30, cancellationToken) : await audit.ActivityAsync(reader, _viewer, 1, 24, cancellationToken);
            await NameAsync(Items, cancellationToken);
            (Look, NewRows) = (Items.Count == 0 && OlderHref is null ? PanelLook.Empty : PanelLook.Live, 0);
        }
        catch (HubUnavailableException)
        {
            Look = PanelLook.Failed;
        }
    }

    /// <summary>Counts what came since the newest row shown; older pages stand still.</summary>
    public async Task NewsAsync(CancellationToken cancellationToken)
    {
        if (Look is not (PanelLook.Live or PanelLook.Empty) || !IsNewest) return;
        await using var reader = await database.ReadAsync(cancellationToken);
        NewRows = await audit.CountNewerAsync(reader, _viewer, View.At(time.GetUtcNow()), Items.Count > 0 ? Items[0].Seq : 0, MostNew, cancellationToken);
        if (NewRows > 0 && Look == PanelLook.Empty) await LoadAsync(cancellationToken);
    }

    /// <param name="changed">Called on any thread whenever <see cref="Verifying"/> moved.</param>
    public async Task VerifyAsync(Action changed, CancellationToken cancellationToken)
    {
        if (Verifying is not null) return;
        Verifying = 0;
        try
        {
            await verification.VerifyAsync(new Reached(seq => { Verifying = seq; changed(); }), cancellationToken);
        }
        finally
        {
            Verifying = null;
        }
    }

    /// <summary>The person, by name where it is known; a token beside them.</summary>
    public string Actor(AuditRow row) => row.Actor.Account is not { } account ? (row.Actor.Via == "cli" ? Texts.HubsMachine : Texts.Hub)
        : row.Actor.Token is { } token ? Texts.TokenNamed.With(_names.GetValueOrDefault(token, token)) : Name(account);

    public string Name(string account) => _names.GetValueOrDefault(account, account);

    /// <summary>The people of the rows shown, to choose from.</summary>
    public IReadOnlyList<(string Id, string Name)> People => [.. Items.Select(r => r.Actor.Account).OfType<string>().Distinct().Select(id => (id, Name(id))).OrderBy(p => p.Item2, StringComparer.CurrentCulture)];

    private async Task ReadAsync(IHubReader reader, CancellationToken cancellationToken)
    {
        var filter = View.At(time.GetUtcNow());
        if (View.After is { } after && await audit.NewerAsync(reader, _viewer, filter, after, _rows, cancellationToken) is var newer && newer.Count == _rows)
        {
            (Items, OlderHref) = (newer, (View.First() with { Cursor = Cursor(newer[^1].Seq) }).Href);
            return;
        }
        // Fewer than a page are newer: that is the newest page.
        View = View with { After = null };
        var page = await audit.SearchAsync(reader, _viewer, filter, View.Cursor, _rows, cancellationToken);
        (Items, OlderHref) = (page.Items, page.NextCursor is { } next ? (View.First() with { Cursor = next }).Href : null);
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        Open = View.Open is not { } seq ? null : Items.FirstOrDefault(r => r.Seq == seq);
        if (View.Open is null || Open is not null || Look == PanelLook.Failed) return;
        await using (var reader = await database.ReadAsync(cancellationToken)) Open = await audit.FindAsync(reader, _viewer, View.Open.Value, cancellationToken);
        if (Open is not null) await NameAsync([Open], cancellationToken);
    }

    private async Task NameAsync(IReadOnlyList<AuditRow> rows, CancellationToken cancellationToken)
    {
        foreach (var id in rows.SelectMany(r => new[] { r.Actor.Account, r.Approver }).OfType<string>().Distinct().Where(id => !_names.ContainsKey(id)).ToList())
            _names[id] = (await accounts.FindAsync(id, cancellationToken))?.Name ?? id;
        foreach (var id in rows.Select(r => r.Actor.Token).OfType<string>().Distinct().Where(id => !_names.ContainsKey(id)).ToList())
            _names[id] = (await tokens.FindAsync(id, cancellationToken))?.Name ?? id;
    }

    private static string Cursor(long seq) => seq.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Tells at once, on the verifier's thread: <see cref="Progress{T}"/> would tell late.</summary>
    private sealed class Reached(Action<long> tell) : IProgress<long>
    {
        public void Report(long value) => tell(value);
    }
}
