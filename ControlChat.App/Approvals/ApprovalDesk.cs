using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Grants;

namespace ControlChat.App.Approvals;

/// <summary>What one person's cards work with. Scoped: one per circuit, so that a plan put off in the dock is put off on the page too.</summary>
public sealed class ApprovalDesk(IApprovals approvals, IGrants grants, IToolGate gate, CardFacts facts, ApprovalFeed feed, CircuitPrincipal circuit, TimeProvider time)
{
    private readonly HashSet<string> _putOff = [];
    private readonly Dictionary<string, int> _cards = [];

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

    /// <summary>The approvals whose cards stand somewhere in this window now.</summary>
    public IReadOnlySet<string> Cards
    {
        get
        {
            lock (_cards) return _cards.Keys.ToHashSet();
        }
    }

    /// <summary>A card of it stands in this window from now on, until it is taken away as often as it was put there.</summary>
    public void PutCard(string approvalId)
    {
        lock (_cards) _cards[approvalId] = _cards.GetValueOrDefault(approvalId) + 1;
    }

    public void TakeCard(string approvalId)
    {
        lock (_cards)
        {
            if (!_cards.TryGetValue(approvalId, out var count)) return;
            if (count > 1) _cards[approvalId] = count - 1;
            else _cards.Remove(approvalId);
        }
    }

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
