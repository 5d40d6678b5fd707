#!/usr/bin/perl
# The same client as client.py, in Perl: registers that are read and written.
use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP;

$|         = 1;
$SIG{PIPE} = "IGNORE";
my (@servers, $port, %sockets);

sub reply { print encode_json($_[0]), "\n" }

# The lines of the answer; nothing when there is no connection, so that nothing happened.
sub talk {
    my ($key, $command) = @_;
    my $address = $servers[ $key % @servers ];
    $sockets{$address} //= IO::Socket::INET->new(PeerAddr => $address, PeerPort => $port, Timeout => 1) or return;
    my $socket = $sockets{$address};
    print $socket "$command\r\n";
    $socket->flush;
    my @lines = (scalar <$socket>);
    push @lines, scalar <$socket>, scalar <$socket> if defined $lines[0] && $lines[0] =~ /^VALUE/;
    if (grep { !defined } @lines) { delete $sockets{$address}; return ("LOST") }
    s/\r\n// for @lines;
    return @lines;
}

while (my $line = <STDIN>) {
    my $request = decode_json($line);
    if (($request->{type} // '') eq 'hello') {
        @servers = map { $request->{nodes}{$_} } sort keys %{ $request->{nodes} };
        $port    = $request->{port};
        reply({ type => 'hello', protocol => 1, operations => [ 'read', 'write' ] });
        next;
    }
    my ($id, $op, $key) = @$request{qw(id op key)};
    my $value   = $request->{value};
    my $command = $op eq 'read' ? "get k$key" : "set k$key 0 0 " . length($value // '') . "\r\n" . ($value // '');
    my @answer  = $op eq 'read' || $op eq 'write' ? talk($key, $command) : ();
    if (!@answer) {
        reply({ id => $id, outcome => 'fail', error => 'no connection, or no such operation' });
    } elsif ($op eq 'read' && $answer[0] ne 'LOST') {
        reply({ id => $id, outcome => 'ok', result => @answer == 3 ? $answer[1] + 0 : undef });
    } elsif ($answer[0] eq 'STORED') {
        reply({ id => $id, outcome => 'ok' });
    } else {
        reply({ id => $id, outcome => 'info', error => $answer[0] });
    }
}
