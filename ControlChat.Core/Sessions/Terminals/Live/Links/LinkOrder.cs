namespace ControlChat.Core.Sessions.Terminals.Live.Links;

/// <summary>Lets each message of one side through once: what is heard again was said by somebody who had listened. Late ones may be a little out of order.</summary>
internal sealed class LinkOrder
{
    private const int Most = 1024;
    private readonly SortedSet<long> _heard = [];
    private long _forgotten;

    /// <param name="number">Of the message, from 1 on.</param>
    public bool IsNew(long number)
    {
        if (number <= _forgotten || !_heard.Add(number)) return false;
        for (; _heard.Count > Most; _heard.Remove(_forgotten)) _forgotten = _heard.Min;
        return true;
    }
}
