using ControlChat.App.Layout;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Logs;
using ControlChat.Core.Settings;
using Microsoft.AspNetCore.Components;

namespace ControlChat.App.Logs;

/// <summary>The hub's own log. The address is the view; lines that come while it is looked at wait behind a button.</summary>
public sealed partial class LogsPage : IDisposable
{
    private static readonly TimeSpan TypingPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(3);
    private static (string Span, string Words)[] Spans => [("1h", Texts.LastHour), ("24h", Texts.LastDay), ("7d", Texts.LastWeek)];
    private readonly Lifetime _stop = new();
    private LogsPageState _state = null!;
    private CancellationTokenSource? _typing;

    [Inject] private ILogReader Logs { get; set; } = null!;

    [Inject] private PersonalSettings Personal { get; set; } = null!;

    [Inject] private CircuitPrincipal Who { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private PageContext Beside { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "text")] private string? Text { get; set; }

    [SupplyParameterFromQuery(Name = "level")] private string? Level { get; set; }

    [SupplyParameterFromQuery(Name = "from")] private string? From { get; set; }

    [SupplyParameterFromQuery(Name = "run_id")] private string? RunId { get; set; }

    [SupplyParameterFromQuery(Name = "conversation_id")] private string? ConversationId { get; set; }

    [SupplyParameterFromQuery(Name = "cursor")] private string? Cursor { get; set; }

    [SupplyParameterFromQuery(Name = "line")] private long? Line { get; set; }

    private string CloseHref => (_state.Query with { Line = null }).Href;

    private string EmptyText => _state.Query.IsFiltered ? Texts.NoLineFits : Texts.WrittenHere;

    private IReadOnlyList<LinkTab> LevelTabs => [TabOf(null, Texts.All), TabOf("information", Texts.LevelInfo), TabOf("warning", Texts.Warnings), TabOf("error", Texts.Errors)];

    private IReadOnlyList<ActiveFilter> Filters
    {
        get
        {
            var first = _state.Query.First();
            var filters = new List<ActiveFilter>();
            if (first.RunId is { } run) filters.Add(new ActiveFilter(Texts.Run, run, (first with { RunId = null }).Href));
            if (first.ConversationId is { } conversation) filters.Add(new ActiveFilter(Texts.Conversation, conversation, (first with { ConversationId = null }).Href));
            if (first.From is { } from && !Spans.Any(s => s.Span == from)) filters.Add(new ActiveFilter(Texts.Since, from, (first with { From = null }).Href));
            return filters;
        }
    }

    protected override void OnInitialized() => _state = new LogsPageState(Logs, () => Who.Required, Time, async stop => (await Personal.OfAsync(Who.Required.AccountId, stop)).PageSize);

    protected override Task OnParametersSetAsync() => _state.ShowAsync(LogsQuery.Of(Text, Level, From, RunId, ConversationId, Cursor, Line), _stop.Token);

    protected override void OnAfterRender(bool firstRender)
    {
        Beside.Show(this, LogLook.Chips(_state.Query));
        if (firstRender) _ = FollowAsync();
    }

    public void Dispose()
    {
        Beside.Leave(this);
        _stop.Dispose();
        _typing?.Dispose();
    }

    // Counted, not pushed: a line a second on a busy hub would move the page all the time.
    private async Task FollowAsync()
    {
        using var timer = new PeriodicTimer(CountEvery, Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                await InvokeAsync(CountAsync);
        }
        catch (OperationCanceledException)
        {
            // The page is closed.
        }
    }

    private async Task CountAsync()
    {
        if (_stop.IsOver || Who.Current is null) return;
        if (await _state.CountAsync(_stop.Token)) StateHasChanged();
    }

    private async Task SearchAsync(string? text)
    {
        if (_typing is not null) await _typing.CancelAsync();
        _typing?.Dispose();
        _typing = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        try
        {
            await Task.Delay(TypingPause, Time, _typing.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        Navigation.NavigateTo((_state.Query.First() with { Text = string.IsNullOrWhiteSpace(text) ? null : text.Trim() }).Href, replace: true);
    }

    private Task ReloadAsync() => _state.LoadAsync(_stop.Token);

    private LinkTab TabOf(string? level, string title) => new(level ?? "all", title, (_state.Query.First() with { Level = level }).Href);
}
