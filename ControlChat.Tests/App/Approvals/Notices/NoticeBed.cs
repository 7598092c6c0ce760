using System.Collections.Concurrent;
using ControlChat.App.Approvals;
using ControlChat.App.Approvals.Notices;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Tests.Core.Gate;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.JSInterop;

namespace ControlChat.Tests.App.Approvals.Notices;

/// <summary>One window of one person, whatever page it shows, over a real gate.</summary>
internal sealed class NoticeBed : IDisposable
{
    private readonly CardHub _hub;
    private readonly Browser _browser = new();
    private readonly Address _address = new();

    public NoticeBed(CardHub hub, Principal reader, IApprovals? approvals = null, IBus? bus = null, TimeProvider? time = null)
    {
        _hub = hub;
        Desk = hub.Desk(reader, approvals, bus, time);
        Toasts = new Toasts(hub.Gate.Time);
        Announcer = new Announcer(hub.Gate.Time);
        Watch = new NoticeWatch(Desk, Toasts, Announcer, _address, _browser, NullLogger<NoticeWatch>.Instance);
        Watch.Begin();
        Watch.Begin();
    }

    public ApprovalDesk Desk { get; }

    public Toasts Toasts { get; }

    public Announcer Announcer { get; }

    public NoticeWatch Watch { get; }

    /// <summary>What the browser was told, whether it shows it or not.</summary>
    public IReadOnlyList<Notice> Told => [.. _browser.Told];

    /// <summary>Its network is away for a moment: it hears nothing, and nobody says so.</summary>
    public bool IsAway { get => _browser.IsAway; set => _browser.IsAway = value; }

    /// <summary>How often it was spoken to and did not hear.</summary>
    public int Unheard => _browser.Unheard;

    public IReadOnlyList<string> Shown => [.. Toasts.Current.Select(t => t.Toast.Text)];

    public string Path => new Uri(_address.Uri).AbsolutePath;

    public void GoTo(string path) => _address.NavigateTo(path);

    /// <summary>Lets time go on until it holds.</summary>
    public Task UntilAsync(Func<bool> condition) => Waiting.UntilAsync(() =>
    {
        if (Holds()) return true;
        _hub.Gate.Time.Advance(ApprovalFeed.Pause);
        return Holds();

        // What the browser has heard is shown after that, by the same look.
        bool Holds() => condition() && !Watch.IsLooking;
    });

    /// <summary>Time enough for anything that is to be told by what was said so far, and no sign of it.</summary>
    public async Task NothingAsync()
    {
        // A later one that is told proves that the one before was not.
        var (before, mark) = (Told.Count, await _hub.AskAsync(GateHub.Ben));
        await UntilAsync(() => Told.Count > before);
        Xunit.Assert.EndsWith(mark, Told[before].Path, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        Watch.Dispose();
        Toasts.Dispose();
        Announcer.Dispose();
    }

    private sealed class Address : NavigationManager
    {
        public Address() => Initialize("https://hub.example/", "https://hub.example/workspaces");

        protected override void NavigateToCore(string uri, NavigationOptions options) => Uri = ToAbsoluteUri(uri).ToString();
    }

    private sealed class Browser : IJSRuntime
    {
        private volatile bool _isAway;
        private int _unheard;

        public ConcurrentQueue<Notice> Told { get; } = new();

        public bool IsAway { get => _isAway; set => _isAway = value; }

        public int Unheard => Volatile.Read(ref _unheard);

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args) => InvokeAsync<TValue>(identifier, default, args);

        public async ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args)
        {
            Xunit.Assert.Equal("controlchat.notices.tell", identifier);
            if (IsAway)
            {
                Interlocked.Increment(ref _unheard);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }
            Told.Enqueue((Notice)args![0]!);
            return default!;
        }
    }
}
