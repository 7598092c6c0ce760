using ControlChat.Core.Gate;
using Microsoft.AspNetCore.WebUtilities;

namespace ControlChat.App.Approvals.Notices;

/// <summary>What was told in one window, so that nothing is told twice, and what of the news is worth telling. It keeps little: the oldest is forgotten.</summary>
internal sealed class NoticeLedger
{
    private const int Most = 4 * ApprovalNewsQuery.Most;
    private const int MostOwn = 200;
    private readonly HashSet<(string, NoticeKind)> _told = [];
    private readonly Queue<(string, NoticeKind)> _order = new();
    private readonly HashSet<string> _deferred = [];
    private readonly HashSet<string> _own = [];

    /// <summary>What the reader asked for, or looks at, and still waits: asked about again when news may have been missed.</summary>
    public IReadOnlyCollection<string> Own => _own;

    /// <summary>What is to be told now. All of it is of the most urgent kind there is; the rest comes later, as it stands then. It counts as told when it is <see cref="Note(NoticeBatch)">noted</see>.</summary>
    /// <param name="heard">The ids that moved; the others were only looked at.</param>
    public NoticeBatch? Take(IReadOnlyList<ApprovalNews> news, NoticePlace place, IReadOnlySet<string> heard)
    {
        var due = new List<(NoticeKind Kind, ApprovalNews News)>();
        var later = new List<string>();
        foreach (var one in news)
        {
            var waited = Follow(one, place);
            if (KindOf(one, place) is not { } kind || _told.Contains((one.Id, kind))) continue;
            // Its card is open, and it may have been decided long ago.
            if (kind == NoticeKind.Decided && !waited && !heard.Contains(one.Id)) continue;
            // The conversation draws its card in a moment; without one it is told after all.
            if (kind == NoticeKind.Waits && place.MayShowSoon(one) && _deferred.Count < Most && _deferred.Add(one.Id)) later.Add(one.Id);
            else due.Add((kind, one));
        }
        if (due.Count == 0) return later.Count == 0 ? null : new NoticeBatch(null, [], [], later);
        var first = due.Min(d => d.Kind);
        later.AddRange(due.Where(d => d.Kind != first).Select(d => d.News.Id));
        var all = due.Where(d => d.Kind == first).Select(d => d.News).ToList();
        return new NoticeBatch(first, all, [.. all.Where(n => !place.Shows(n, first))], later);
    }

    public void Note(NoticeBatch told)
    {
        if (told.Kind is not { } kind) return;
        foreach (var one in told.All) Note(one.Id, kind);
    }

    private static NoticeKind? KindOf(ApprovalNews news, NoticePlace place) => news switch
    {
        { Status: "pending", RemindedAt: not null } => news.MayDecide || news.Mine ? NoticeKind.Ends : null,
        { Status: "pending" } => news.MayDecide ? NoticeKind.Waits : null,
        { Status: "consumed" or "declined" or "expired" } => (news.Mine || place.HasCard(news.Id)) && news.DecidedBy != place.ReaderId ? NoticeKind.Decided : null,
        _ => null,
    };

    /// <returns>Whether it was followed already.</returns>
    private bool Follow(ApprovalNews news, NoticePlace place)
    {
        var waited = _own.Contains(news.Id);
        if (news.Status != "pending" || !(news.Mine || place.HasCard(news.Id))) _own.Remove(news.Id);
        else if (_own.Count < MostOwn) _own.Add(news.Id);
        if (news.Status != "pending") _deferred.Remove(news.Id);
        return waited;
    }

    private void Note(string id, NoticeKind kind)
    {
        _deferred.Remove(id);
        if (!_told.Add((id, kind))) return;
        _order.Enqueue((id, kind));
        if (_order.Count > Most) _told.Remove(_order.Dequeue());
    }
}

/// <param name="Kind">Null when nothing is told now.</param>
/// <param name="All">For a reader who looks elsewhere.</param>
/// <param name="Loud">Those that the reader's window does not show by itself.</param>
/// <param name="Later">Ids to look at again.</param>
internal sealed record NoticeBatch(NoticeKind? Kind, IReadOnlyList<ApprovalNews> All, IReadOnlyList<ApprovalNews> Loud, IReadOnlyList<string> Later);

/// <summary>What the reader's window shows.</summary>
/// <param name="Address">Of the window, whole.</param>
/// <param name="Cards">The approvals whose cards stand in it.</param>
internal sealed record NoticePlace(string ReaderId, Uri Address, IReadOnlySet<string> Cards)
{
    private const string Ask = "ask";

    // Views of the inbox that leave out what is new.
    private static readonly string[] _others = ["status", "mine", "cursor"];

    public bool HasCard(string id) => Cards.Contains(id);

    /// <summary>Whether the window tells of it by itself: its card, the inbox of what waits, or the page on which the reader just asked.</summary>
    public bool Shows(ApprovalNews news, NoticeKind kind) =>
        HasCard(news.Id) || (kind == NoticeKind.Waits && (IsInbox || (news.AskedHere && (news.Via != Ask || IsConversation(news)))));

    /// <summary>It was asked for in a conversation of this browser, which may stand beside the page.</summary>
    public bool MayShowSoon(ApprovalNews news) => news is { AskedHere: true, Via: Ask } && !HasCard(news.Id) && !IsConversation(news);

    private bool IsInbox => Address.AbsolutePath == "/approvals" && !QueryHelpers.ParseQuery(Address.Query).Keys.Any(key => _others.Contains(key, StringComparer.OrdinalIgnoreCase));

    private bool IsConversation(ApprovalNews news) => news.ConversationId is { } id && Address.AbsolutePath == $"/c/{id}";
}
