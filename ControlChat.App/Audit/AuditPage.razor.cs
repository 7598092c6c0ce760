using ControlChat.App.Layout;
using ControlChat.App.Live;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;

namespace ControlChat.App.Audit;

/// <summary>The record with the open row beside it. The address is the view; nothing here changes anything.</summary>
public sealed partial class AuditPage : IDisposable
{
    private static readonly TimeSpan TypingPause = TimeSpan.FromMilliseconds(300);
    private readonly Lifetime _stop = new();
    private AuditPageState _state = null!;
    private CancellationTokenSource? _typing;

    [Inject] private IServiceProvider Services { get; set; } = null!;

    [Inject] private CircuitPrincipal Who { get; set; } = null!;

    [Inject] private CheckpointState Checkpoints { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private PageContext Beside { get; set; } = null!;

    [Parameter] public long? Seq { get; set; }

    [CascadingParameter] private ReaderClock Clock { get; set; } = ReaderClock.Unknown;

    private ReaderClock ShownClock => _state.View.Utc ? Clock with { Utc = true } : Clock;

    private string CloseHref => (_state.View with { Open = null }).Href;

    private string ExportTitle => _state.View.IsFiltered ? Texts.FilteredAsJsonl : Texts.AllAsJsonl;

    private IReadOnlyList<string> ToolNames => [.. Services.GetRequiredService<IToolCatalog>().Offered.Select(t => t.Definition.Name)];

    protected override void OnInitialized()
    {
        _state = new AuditPageState(
            Services.GetRequiredService<HubDatabase>(), Services.GetRequiredService<AuditReader>(), Services.GetRequiredService<AuditVerification>(),
            Services.GetRequiredService<AccountDirectory>(), Services.GetRequiredService<ApiTokens>(), Time, Services.GetRequiredService<IReaderChoices>());
        Navigation.LocationChanged += Moved;
    }

    protected override Task OnParametersSetAsync() => ShowAsync(Seq);

    protected override void OnAfterRender(bool firstRender)
    {
        Beside.Show(this, _state.Open is { } row ? [PageChip.Of("audit", Texts.AuditRow.With(AuditLook.Number(row.Seq)), new() { ["page"] = "audit", ["row"] = row.Seq })] : []);
        if (firstRender) _ = new TopicNews("audit", Services.GetRequiredService<IBus>(), Time).FollowAsync(() => InvokeAsync(NewsAsync), _stop.Token);
    }

    public void Dispose()
    {
        Navigation.LocationChanged -= Moved;
        Beside.Leave(this);
        _stop.Dispose();
        _typing?.Dispose();
    }

    // The path's row comes as a parameter; of the query the framework tells nobody else.
    private void Moved(object? sender, LocationChangedEventArgs moved)
    {
        var segments = new Uri(moved.Location).AbsolutePath.Trim('/').Split('/');
        if (segments[0] != "audit") return;
        _ = InvokeAsync(async () =>
        {
            await ShowAsync(segments.Length > 1 && long.TryParse(segments[1], out var seq) ? seq : null);
            StateHasChanged();
        });
    }

    private async Task ShowAsync(long? open)
    {
        if (_stop.IsOver || Who.Current is not { } person) return;
        await _state.ShowAsync(AuditView.Of(new Uri(Navigation.Uri), open), new AuditViewer(person.AccountId, person.IsAdmin), _stop.Token);
    }

    private async Task NewsAsync()
    {
        if (_stop.IsOver || Who.Current is null) return;
        await _state.NewsAsync(_stop.Token);
        StateHasChanged();
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
        var view = _state.View.First();
        Navigation.NavigateTo((view with { Filter = view.Filter with { Text = string.IsNullOrWhiteSpace(text) ? null : text.Trim() } }).Href, replace: true);
    }

    private void Go(AuditView view) => Navigation.NavigateTo(view.Href);

    private Task VerifyAsync() => _state.VerifyAsync(() => _ = InvokeAsync(StateHasChanged), _stop.Token);

    private Task RetryAsync() => _state.LoadAsync(_stop.Token);

    private async Task ShowNewAsync() => await _state.LoadAsync(_stop.Token);

    private string ExportHref(string format) => _state.View.ExportHref(format, Time.GetUtcNow());

    private static string Failure(VerifyResult bad) => bad.Problem switch
    {
        AuditProblems.Gap => Texts.RowMissing.With(AuditLook.Number(bad.FirstBadSeq ?? 0)),
        AuditProblems.Truncated => Texts.RecordEndsBefore.With(AuditLook.Number(bad.FirstBadSeq ?? 0)),
        AuditProblems.BadSignature => Texts.CheckpointNotSigned.With(AuditLook.Number(bad.FirstBadSeq ?? 0)),
        _ => Texts.RowDoesNotMatch.With(AuditLook.Number(bad.FirstBadSeq ?? 0)),
    };
}
