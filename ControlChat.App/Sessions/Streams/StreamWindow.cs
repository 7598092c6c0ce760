using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Tickets;

namespace ControlChat.App.Sessions.Streams;

/// <summary>What one connection is at this moment: whose, which window, and how the terminal stands that it looks at. Its loops share it; each member has one writer.</summary>
internal sealed class StreamWindow(SessionPass pass)
{
    private readonly string _id = Credential.New();
    private volatile TaskCompletionSource<ITerminalView> _joined = NotJoined();
    private volatile ITerminalView? _view;

    public string SessionId => pass.Sight.View.Id;

    public string AccountId => pass.Sight.Principal.AccountId;

    /// <summary>As it was at the last look.</summary>
    public SessionSight Sight { get; set; } = pass.Sight;

    /// <summary>By which a later connection is this window again; null: the database could not take it.</summary>
    public string? Token { get; set; }

    /// <summary>Null while no worker has the terminal at work.</summary>
    public ITerminalView? View
    {
        get => _view;
        set
        {
            _view = value;
            if (_joined.Task.IsCompleted) _joined = NotJoined();
            if (value is not null) _joined.SetResult(value);
        }
    }

    public TerminalNow? Now { get; set; }

    /// <summary>Of the last frame that was sent.</summary>
    public long Sent { get; set; }

    /// <summary>Of the last frame of a terminal that has ended; 0: not known.</summary>
    public long Last { get; set; }

    /// <summary>As far as is known at this moment.</summary>
    public long Newest => Math.Max(Math.Max(Sent, Last), View?.Now.LastSeq ?? Now?.LastSeq ?? 0);

    public bool MayControl => (pass with { Sight = Sight }).MayControl;

    public bool IsOver => pass.Until <= Sight.At;

    /// <summary>The terminal, which may be at work in a moment; null: not within this time.</summary>
    public async Task<ITerminalView?> JoinedAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await _joined.Task.WaitAsync(patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    public TerminalViewer Viewer => new(Token is { } token ? SessionTickets.WindowId(token) : _id, AccountId, Sight.Principal.Name, MayControl)
    {
        TokenId = Sight.Principal.TokenId,
        AuthSessionId = Sight.Principal.AuthSessionId,
    };

    /// <returns>False: it could not be asked for now.</returns>
    public static async Task<bool> TakeAsync(ITerminalView view, CancellationToken cancellationToken)
    {
        try
        {
            await view.TakeControlAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is HubUnavailableException or ObjectDisposedException)
        {
            return false;
        }
    }

    private static TaskCompletionSource<ITerminalView> NotJoined() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
