namespace ControlChat.Core.Sessions;

/// <summary>Where agents that this process starts reach the hub; the listening side fills it in once it knows the port.</summary>
public sealed class AgentAddress
{
    private readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _url = "";

    /// <summary><c>http://127.0.0.1:PORT</c>, on this machine only; empty until this process listens, and in one that starts no agents.</summary>
    public string Url
    {
        get => _url;
        set
        {
            _url = value;
            if (value.Length > 0) _known.TrySetResult();
        }
    }

    /// <summary>Ends when there is one.</summary>
    public Task Known => _known.Task;
}
