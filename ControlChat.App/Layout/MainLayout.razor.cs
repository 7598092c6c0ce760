using ControlChat.App.Ui;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.JSInterop;

namespace ControlChat.App.Layout;

/// <summary>The frame around every page. It owns what outlives a page: facts, the reader's clock, the dock, the live region.</summary>
public sealed partial class MainLayout : IDisposable
{
    private readonly Lifetime _stop = new();
    private ShellFacts _facts = ShellFacts.Neutral;
    private ReaderClock _clock = ReaderClock.Unknown;
    private string _zone = "UTC";
    private string? _kept;
    private Dock _dock = null!;
    private FaultBoundary? _boundary;
    private DotNetObjectReference<ShellDoor>? _door;
    private Room? _room;
    private bool _dockOpen;
    private (ShellFacts, ReaderClock, Room?, string?) _drawn;
    private bool _given;
    private bool _reading;
    private bool _moved;
    private int? _counted;

    [Inject] private IShellFacts Source { get; set; } = null!;

    [Inject] private IReaderChoices Choices { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    [Inject] private AgentSlot Agents { get; set; } = null!;

    [Inject] private ShellCircuit Circuit { get; set; } = null!;

    [Inject] private IEnumerable<IShellWatch> Watches { get; set; } = null!;

    private bool Docked => Docking is not null;

    /// <summary>What stands in the dock. An agent's chat takes the place of Ask, and Ask is not docked beside itself.</summary>
    private string? Docking => Agents.IsOpen ? IDockContent.Agent : _dockOpen && _room != Rooms.Ask ? IDockContent.Ask : null;

    // What a drawing says, noted by the drawing itself: between the asking and a late drawing it may move, and move back.
    private (ShellFacts, ReaderClock, Room?, string?) Shown => (_facts, _clock, _room, Docking);

    // Another page comes in the same fragment: every word of the router is one to draw.
    public override Task SetParametersAsync(ParameterView parameters)
    {
        _given = true;
        return base.SetParametersAsync(parameters);
    }

    protected override async Task OnInitializedAsync()
    {
        _dock = new Dock(ToggleDockAsync, OpenDockAsync);
        _room = Rooms.At(Navigation.ToBaseRelativePath(Navigation.Uri));
        _facts = Source.Now;
        _kept = Choices.BrowserZone;
        if (_kept is not null) _clock = ReaderClock.In(_kept);
        Source.Changed += FactsMoved;
        Choices.ClockMoved += ClockMoved;
        Navigation.LocationChanged += Moved;
        Agents.Changed += StateHasChanged;
        Circuit.Returned += Returned;
        await ReadFactsAsync();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        _door = DotNetObjectReference.Create(new ShellDoor(() => InvokeAsync(ToggleDockAsync)));
        if (await Js.AskAsync<BrowserFacts>("controlchat.keys.start", _door) is { } browser)
        {
            var chosen = await Choices.ReadAsync(_stop.Token);
            _zone = browser.TimeZone;
            await ShowClockAsync(chosen);
            if (chosen.Theme is { } theme)
                await Js.TellAsync("controlchat.theme.set", _stop.Token, theme);
            if (chosen.Letters is { } letters)
                await Js.TellAsync("controlchat.keys.setSingle", _stop.Token, letters);
            _dockOpen = browser.Dock;
            if (browser.Agent is { } agent && agent.Account == _facts.Account?.Id) Agents.Open(new AgentRequest(null, agent.Session));
        }
        StateHasChanged();
        // Said by the browser itself: to draw the whole frame once more for this word would double what the circuit holds.
        await Js.TellAsync("controlchat.keys.ready");
        foreach (var watch in Watches) watch.Begin();
        await CountAsync();
    }

    // Facts and clock are cascaded, and whoever uses them draws itself again whenever this does.
    protected override bool ShouldRender() => _given || Shown != _drawn;

    public void Dispose()
    {
        Source.Changed -= FactsMoved;
        Choices.ClockMoved -= ClockMoved;
        Navigation.LocationChanged -= Moved;
        Agents.Changed -= StateHasChanged;
        Circuit.Returned -= Returned;
        _stop.Dispose();
        _door?.Dispose();
    }

    private async Task ToggleDockAsync()
    {
        if (Agents.IsOpen)
        {
            Agents.AskClose();
            return;
        }
        if (_room == Rooms.Ask)
            return;
        _dockOpen = !_dockOpen;
        StateHasChanged();
        await Js.TellAsync("controlchat.keys.dock", _dockOpen);
    }

    private async Task OpenDockAsync()
    {
        _dockOpen = true;
        StateHasChanged();
        await Js.TellAsync("controlchat.keys.dock", true);
    }

    private void Moved(object? sender, LocationChangedEventArgs change) => _ = InvokeAsync(() =>
    {
        _room = Rooms.At(Navigation.ToBaseRelativePath(change.Location));
        _boundary?.Recover();
        StateHasChanged();
    });

    private void FactsMoved() => _ = InvokeAsync(ReadFactsAsync);

    // One read is under way and one waits behind it: what moves meanwhile, that one sees.
    private async Task ReadFactsAsync()
    {
        _moved = true;
        if (_reading) return;
        _reading = true;
        try
        {
            while (_moved)
            {
                _moved = false;
                _facts = await Source.ReadAsync(_stop.Token);
                StateHasChanged();
                // Nothing waits for the browser's answer: it may be away.
                _ = CountAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // the page is gone
        }
        finally
        {
            _reading = false;
        }
    }

    // The first time when the browser has drawn the frame, then when it is another number than the browser has.
    private async Task CountAsync()
    {
        if (_door is null || _counted == _facts.WaitingForYou) return;
        _counted = _facts.WaitingForYou;
        try
        {
            await Js.TellAsync("controlchat.notices.badge", _stop.Token, _counted);
        }
        catch (OperationCanceledException)
        {
            // the page is gone, or away until it returns
        }
    }

    private void Returned() => _ = InvokeAsync(() =>
    {
        _counted = null;
        return CountAsync();
    });

    private void ClockMoved() => _ = InvokeAsync(async () =>
    {
        try
        {
            await ShowClockAsync(await Choices.ReadAsync(_stop.Token));
            StateHasChanged();
        }
        catch (OperationCanceledException)
        {
            // the page is gone
        }
    });

    // The browser keeps the zone that is shown, so that the next page is drawn with it at once.
    private async Task ShowClockAsync(ReaderChoices chosen)
    {
        _clock = ReaderClock.In(chosen.TimeZone ?? _zone, chosen.Utc);
        var own = chosen.Utc ? "UTC" : chosen.TimeZone;
        if (_kept == (own ?? _zone)) return;
        _kept = own ?? _zone;
        await Js.TellAsync("controlchat.zone", _stop.Token, own);
    }
}
