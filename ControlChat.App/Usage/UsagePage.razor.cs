using System.Globalization;
using ControlChat.App.Layout;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Usage;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;

namespace ControlChat.App.Usage;

/// <summary>What the hub was used for, and by whom. The address is the view; nothing here changes anything.</summary>
public sealed partial class UsagePage : IDisposable
{
    private readonly Lifetime _stop = new();
    private UsagePageState _state = null!;

    [Inject] private UsageDesk Desk { get; set; } = null!;

    [Inject] private CircuitPrincipal Who { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private IReaderChoices Choices { get; set; } = null!;

    [CascadingParameter] private ReaderClock Clock { get; set; } = ReaderClock.Unknown;

    private DateOnly Today => DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);

    private (DateOnly From, DateOnly To) Range => _state.View.Range(Today);

    private string TableHref => _state.View.Rows(UsageBy.Day).Href;

    private IReadOnlyList<LinkTab> RowTabs =>
    [
        TabOf(UsageBy.Day, Texts.Days),
        .. _state.IsHub ? (_state.IsAdmin ? [TabOf(UsageBy.Person, Texts.People)] : Array.Empty<LinkTab>()) : [TabOf(UsageBy.Token, Texts.TokensOfApi)],
        TabOf(UsageBy.Tool, Texts.Tools),
    ];

    private IEnumerable<(UsageSort Sort, string Words)> Sorts =>
    [
        (UsageSort.Name, _state.View.By == UsageBy.Day ? Texts.NewestFirst : Texts.ByName),
        .. _state.View.By == UsageBy.Tool ? [] : new[] { (UsageSort.Runs, Texts.MostRuns) },
        (UsageSort.Calls, Texts.MostCalls),
        (UsageSort.Errors, Texts.MostErrors),
        (UsageSort.P95, Texts.Slowest),
        .. _state.View.By == UsageBy.Tool ? [] : new[] { (UsageSort.Tokens, Texts.MostTokens), (UsageSort.Sessions, Texts.LongestSessions) },
    ];

    private string TodayWords => _state.Today is { PerDay: > 0 } today
        ? Texts.TokensLeft.With(UsageWords.Number(today.Tokens), UsageWords.Number(today.PerDay), UsageWords.Number(today.Left))
        : Texts.TokensUnlimited.With(UsageWords.Number(_state.Today.Tokens));

    protected override void OnInitialized()
    {
        _state = new UsagePageState(Desk, () => Who.Required, Time, async stop => (await Choices.ReadAsync(stop)).Rows);
        Navigation.LocationChanged += Moved;
    }

    protected override Task OnParametersSetAsync() => ShowAsync();

    public void Dispose()
    {
        Navigation.LocationChanged -= Moved;
        _stop.Dispose();
    }

    // Of a query the framework tells nobody who has no parameter for it.
    private void Moved(object? sender, LocationChangedEventArgs moved)
    {
        if (new Uri(moved.Location).AbsolutePath.Trim('/') != "usage") return;
        _ = InvokeAsync(async () =>
        {
            await ShowAsync();
            StateHasChanged();
        });
    }

    private Task ShowAsync() => _stop.IsOver || Who.Current is null ? Task.CompletedTask : _state.ShowAsync(UsageView.At(new Uri(Navigation.Uri)), _stop.Token);

    private Task LoadAsync() => _state.LoadAsync(_stop.Token);

    private void Choose(string? text, bool from)
    {
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return;
        var view = from ? _state.View.Between(day, Range.To) : _state.View.Between(Range.From, day);
        Navigation.NavigateTo(view.Href);
    }

    private void Sort(string? text)
    {
        if (Enum.TryParse<UsageSort>(text, out var sort)) Navigation.NavigateTo((_state.View.First() with { Sort = sort }).Href);
    }

    private LinkTab TabOf(UsageBy by, string title) => new(by.ToString(), title, _state.View.Rows(by).Href);
}
