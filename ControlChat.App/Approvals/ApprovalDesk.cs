using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Grants;

namespace ControlChat.App.Approvals;

/// <summary>What one person's cards work with. Scoped: one per circuit, so that a plan put off in the dock is put off on the page too.</summary>
public sealed class ApprovalDesk(IApprovals approvals, IGrants grants, IToolGate gate, CardFacts facts, ApprovalFeed feed, CircuitPrincipal circuit, TimeProvider time)
{
    private readonly HashSet<string> _putOff = [];

    /// <summary>Raised with the id of an approval that was put off, or taken up again.</summary>
    public event Action<string>? PutOffChanged;

    public IApprovals Approvals => approvals;

    public IGrants Grants => grants;

    public IToolGate Gate => gate;

    public CardFacts Facts => facts;

    public ApprovalFeed Feed => feed;

    public TimeProvider Time => time;

    /// <summary>Null after sign-out: nothing can be decided any more.</summary>
    public Principal? Reader => circuit.Current;

    public bool IsPutOff(string approvalId)
    {
        lock (_putOff) return _putOff.Contains(approvalId);
    }

    public void PutOff(string approvalId, bool off)
    {
        lock (_putOff)
        {
            if (off) _putOff.Add(approvalId);
            else _putOff.Remove(approvalId);
        }
        PutOffChanged?.Invoke(approvalId);
    }
}
